// The events that the report of a job tells: a bounded number; the others are counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coordinator/job_observer.h"

namespace evenkeel {

class KeptEvents final : public JobObserver {
 public:
  // Changes of speed: the first ones of the job, and of every worker its first. Where speeds are
  // noisy there are new ones all the time.
  static constexpr std::int64_t most_changes = 1'000;
  static constexpr std::int64_t most_others = 10'000;  // workers lost and come back, checkpoints

  KeptEvents() = default;

  // As they were kept before, by another.
  KeptEvents(std::vector<Event> list, std::int64_t left_out)
      : list_(std::move(list)), left_out_(left_out) {}

  void on_event(const Event& event) override;

  const std::vector<Event>& list() const { return list_; }  // in the order added
  std::int64_t left_out() const { return left_out_; }

 private:
  bool keeps(const Event& event);

  std::vector<Event> list_;
  std::vector<bool> has_changed_;  // by rank
  std::int64_t changes_ = 0;
  std::int64_t others_ = 0;
  std::int64_t left_out_ = 0;
};

}  // namespace evenkeel

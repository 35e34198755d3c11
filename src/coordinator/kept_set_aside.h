// What was set aside, for the report of a job: a bounded number of intervals; the samples of the
// others are counted.
#pragma once

#include <cstdint>
#include <map>

#include "coordinator/job_observer.h"
#include "core/interval.h"

namespace evenkeel {

class KeptSetAside final : public JobObserver {
 public:
  static constexpr std::size_t most_intervals = 10'000;

  void on_set_aside(const SetAside& set_aside) override;

  const std::map<Pass, IntervalSet>& by_pass() const { return by_pass_; }
  std::int64_t samples_left_out() const { return samples_left_out_; }

 private:
  std::map<Pass, IntervalSet> by_pass_;
  std::size_t intervals_ = 0;
  std::int64_t samples_left_out_ = 0;
};

}  // namespace evenkeel

// What was set aside, for the report of a job: a bounded number of intervals; the samples of the
// others are counted.
#pragma once

#include <cstdint>
#include <map>

#include "coordinator/outputs.h"
#include "core/interval.h"

namespace evenkeel {

class KeptSetAside {
 public:
  static constexpr std::size_t most_intervals = 10'000;

  void add(const SetAside& set_aside);

  const std::map<Epoch, IntervalSet>& by_epoch() const { return by_epoch_; }
  std::int64_t samples_left_out() const { return samples_left_out_; }

 private:
  std::map<Epoch, IntervalSet> by_epoch_;
  std::size_t intervals_ = 0;
  std::int64_t samples_left_out_ = 0;
};

}  // namespace evenkeel

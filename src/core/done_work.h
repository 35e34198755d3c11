// The part of a run that is already done: where a resumed job begins.
#pragma once

#include <cstdint>
#include <map>

#include "core/interval.h"
#include "core/types.h"

namespace evenkeel {

// All positions of the epochs before `whole_epochs`, and the listed intervals of later epochs.
struct DoneWork {
  std::int32_t whole_epochs = 0;
  std::map<Pass, IntervalSet> parts;

  // Samples to exclude from the count. `samples`: of an epoch.
  void take_out(const std::map<Pass, IntervalSet>& undone, std::int64_t epoch_samples);

  bool empty() const { return whole_epochs == 0 && parts.empty(); }
  friend bool operator==(const DoneWork&, const DoneWork&) = default;
};

}  // namespace evenkeel

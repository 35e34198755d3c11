// What of a run is done: where a job begins that goes on with another.
#pragma once

#include <cstdint>
#include <map>

#include "core/interval.h"
#include "core/types.h"

namespace evenkeel {

// Every position of the epochs before `whole_epochs`, and what is listed of later ones.
struct DoneWork {
  std::int32_t whole_epochs = 0;
  std::map<Pass, IntervalSet> parts;

  // These were not to be counted. An epoch has so many samples.
  void take_out(const std::map<Pass, IntervalSet>& undone, std::int64_t epoch_samples);

  bool empty() const { return whole_epochs == 0 && parts.empty(); }
  friend bool operator==(const DoneWork&, const DoneWork&) = default;
};

}  // namespace evenkeel

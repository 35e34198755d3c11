// The bound T* of a job with measured speeds: how much work all workers could have done by each
// moment without waiting.
#pragma once

#include <cstddef>
#include <vector>

#include "core/time.h"

namespace evenkeel {

// A histogram over time with a fixed number of bins, which widen as the job gets longer.
class CapacityTimeline {
 public:
  CapacityTimeline();

  // Between these instants a worker could do `rate` cost units per second. An empty span adds
  // nothing.
  void add(Instant from, Instant to, double rate);

  // When the capacity reaches this much cost, in seconds. If it never does: the time at the mean
  // rate, 0 without any capacity.
  double time_of_s(double cost) const;

 private:
  void make_room_for(double end_s);

  double bin_s_ = 1e-3;
  std::vector<double> bins_;  // cost units
  double end_s_ = 0;
};

}  // namespace evenkeel

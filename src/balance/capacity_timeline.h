// The bound T* of a job whose speeds are known only as measured: how much work all workers could
// have done by each moment, had none of them ever waited.
#pragma once

#include <cstddef>
#include <vector>

#include "core/time.h"

namespace evenkeel {

// A histogram over time of fixed size, whose bins become wider as the job becomes longer.
class CapacityTimeline {
 public:
  CapacityTimeline();

  // Between these instants a worker could do `rate` cost units a second. Adds nothing if the
  // span is empty.
  void add(Instant from, Instant to, double rate);

  // When the capacity reaches this much cost, in seconds; the time it would take at the mean
  // rate if it never does, 0 without any capacity.
  double time_of_s(double cost) const;

 private:
  void make_room_for(double end_s);

  double bin_s_ = 1e-3;
  std::vector<double> bins_;  // cost units
  double end_s_ = 0;
};

}  // namespace evenkeel

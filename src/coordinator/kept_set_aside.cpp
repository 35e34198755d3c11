#include "coordinator/kept_set_aside.h"

#include "core/check.h"

namespace evenkeel {

void KeptSetAside::on_set_aside(const SetAside& set_aside) {
  if (intervals_ == most_intervals) {
    samples_left_out_ += set_aside.interval.samples();
    return;
  }
  IntervalSet& steps = by_pass_[set_aside.pass];
  const std::size_t before = steps.intervals().size();
  const bool is_new = steps.insert(set_aside.interval);
  EVENKEEL_CHECK(is_new);
  intervals_ += steps.intervals().size() - before;  // or one less, where it joins two
}

}  // namespace evenkeel

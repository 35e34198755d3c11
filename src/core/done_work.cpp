#include "core/done_work.h"

#include <algorithm>

#include "core/check.h"

namespace evenkeel {
namespace {

void add(Interval interval, IntervalSet& set) {
  const bool is_new = set.insert(interval);
  EVENKEEL_CHECK(is_new);
}

IntervalSet without(const IntervalSet& set, const IntervalSet& other) {
  IntervalSet rest;
  for (const Interval& interval : set.intervals()) {
    for (const Interval& gap : other.gaps(interval)) add(gap, rest);
  }
  return rest;
}

}  // namespace

void DoneWork::take_out(const std::map<Pass, IntervalSet>& undone, std::int64_t epoch_samples) {
  if (undone.empty()) return;
  const std::int32_t first = undone.begin()->first.epoch.value();
  for (std::int32_t epoch = first; epoch < whole_epochs; ++epoch) {
    add({Position(0), Position(epoch_samples)}, parts[pass_of(epoch)]);
  }
  whole_epochs = std::min(whole_epochs, first);
  for (const auto& [pass, out] : undone) {
    const IntervalSet rest = without(parts[pass], out);
    if (rest.empty()) {
      parts.erase(pass);
    } else {
      parts[pass] = rest;
    }
  }
}

}  // namespace evenkeel

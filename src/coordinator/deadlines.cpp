#include "coordinator/deadlines.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Compiling and loading can take minutes before the first step; after that the worker's own steps
// are the measure.
constexpr Duration before_first_step = 600s;
constexpr Duration least = 5s;
constexpr Duration least_return = 60s;
constexpr Duration most = 24h * 365;  // far from where instants end
constexpr double steps = 8;
constexpr double report_intervals = 4;

// A look this late means that rank 0 itself stood still.
constexpr Duration standstill = 1s;

}  // namespace

Duration Deadlines::patience(Duration step, int times_lost) const {
  double patience_s = std::max({to_seconds(least), steps * to_seconds(step),
                                report_intervals * to_seconds(report_interval_)});
  if (step == Duration::zero()) patience_s = to_seconds(before_first_step);
  if (given_) patience_s = to_seconds(*given_);
  return std::min(most, from_seconds(std::ldexp(patience_s, times_lost)));
}

Duration Deadlines::return_patience(Duration step, int times_lost) const {
  if (step == Duration::zero()) return least_return;
  return std::max(least_return, patience(step, times_lost));
}

Duration Deadlines::farewell_patience() const { return std::min(least, given_.value_or(least)); }

void Deadlines::expect(Instant deadline) {
  next_look_ = next_look_ ? std::min(*next_look_, deadline) : deadline;
}

bool Deadlines::looks_soon(Instant now) const {
  return next_look_ && *next_look_ <= now + given_.value_or(least);
}

void Deadlines::begin_look(Instant now) {
  if (next_look_ && now - *next_look_ > standstill) standstill_end_ = now;
  next_look_.reset();
}

Instant Deadlines::silence_counts_from(Instant silent_since) const {
  return std::max(silent_since, standstill_end_);
}

}  // namespace evenkeel

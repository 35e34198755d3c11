// The run clock: time 0 is rank 0 leaving the start barrier. The clock type has no now(): only a
// host reads a clock, and passes the instant in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace evenkeel {

using Duration = std::chrono::nanoseconds;

struct RunClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<RunClock>;
  static constexpr bool is_steady = true;
};

using Instant = RunClock::time_point;

constexpr double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
constexpr double to_seconds(Instant instant) { return to_seconds(instant.time_since_epoch()); }

// Rounds to the nearest nanosecond; saturates at ± 290 years, so that an infinite prediction stays
// usable.
Duration from_seconds(double seconds);
// The sum, clamped to ± 73 years: reported times can add up to more.
constexpr Duration sum_of(Duration a, Duration b) {
  constexpr Duration most{std::int64_t{1} << 61};
  const Duration sum = std::clamp(a, -most, most) + std::clamp(b, -most, most);
  return std::clamp(sum, -most, most);
}

inline Instant instant_at(double seconds) { return Instant(from_seconds(seconds)); }

}  // namespace evenkeel

#include "core/time.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {

Duration sum_of(Duration a, Duration b) {
  static constexpr std::int64_t most = std::int64_t{1} << 61;
  const auto clamped = [](Duration d) { return std::clamp(d.count(), -most, most); };
  return Duration(std::clamp(clamped(a) + clamped(b), -most, most));
}

Duration from_seconds(double seconds) {
  constexpr double longest_s = 9.0e9;
  if (!(seconds < longest_s)) return Duration(static_cast<std::int64_t>(longest_s * 1e9));
  if (seconds < -longest_s) return Duration(static_cast<std::int64_t>(-longest_s * 1e9));
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace evenkeel

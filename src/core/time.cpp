#include "core/time.h"

#include <cmath>

namespace evenkeel {

Duration from_seconds(double seconds) {
  constexpr double longest_s = 9.0e9;
  if (!(seconds < longest_s)) return Duration(static_cast<std::int64_t>(longest_s * 1e9));
  if (seconds < -longest_s) return Duration(static_cast<std::int64_t>(-longest_s * 1e9));
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace evenkeel

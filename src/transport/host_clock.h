// The time that a rank lives in, and how it lets time pass.
#pragma once

#include <chrono>

namespace evenkeel {

// Monotonic: the machine's time (host_clock.cpp) or, in a build for SimGrid's SMPI, where the ranks
// are actors in one process, that of the cluster which it simulates (host_clock_smpi.cpp). Nothing
// else differs between the two builds.
struct HostClock {
  using rep = std::chrono::nanoseconds::rep;
  using period = std::chrono::nanoseconds::period;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<HostClock>;
  static constexpr bool is_steady = true;

  static time_point now();

  // 0 or less: only yields the processor.
  static void sleep_for(duration time);

  // An absolute time, so that what was computed before does not add to it.
  static void sleep_until(time_point time);
};

}  // namespace evenkeel

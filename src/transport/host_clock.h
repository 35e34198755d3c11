// How a rank reads the time and waits.
#pragma once

#include <chrono>

namespace evenkeel {

// Monotonic: the machine's time (host_clock.cpp), or in a build for SimGrid's SMPI, where the ranks
// are actors in one process, the time of the simulated cluster (host_clock_smpi.cpp). The two
// builds differ in nothing else.
struct HostClock {
  using rep = std::chrono::nanoseconds::rep;
  using period = std::chrono::nanoseconds::period;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<HostClock>;
  static constexpr bool is_steady = true;

  static time_point now();

  // 0 or less: only yields the processor.
  static void sleep_for(duration time);

  // Takes an absolute time, so that computing it does not delay the wake-up.
  static void sleep_until(time_point time);
};

}  // namespace evenkeel

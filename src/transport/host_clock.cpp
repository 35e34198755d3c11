#include "transport/host_clock.h"

#include <sched.h>

#include <cerrno>
#include <ctime>

namespace evenkeel {

HostClock::time_point HostClock::now() {
  return time_point(std::chrono::steady_clock::now().time_since_epoch());
}

void HostClock::sleep_for(duration time) {
  if (time > duration::zero()) {
    sleep_until(now() + time);
  } else {
    ::sched_yield();
  }
}

void HostClock::sleep_until(time_point time) {
  const auto since_start = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
  const auto rest = std::chrono::nanoseconds(since_start - seconds);
  const timespec absolute{seconds.count(), rest.count()};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute, nullptr) == EINTR) {
  }
}

}  // namespace evenkeel

#include <simgrid/engine.h>
#include <smpi/smpi_helpers_internal.h>

#include <algorithm>

#include "transport/host_clock.h"

namespace evenkeel {
namespace {

// Simulated time that a yield takes, so that time passes for ranks that poll.
constexpr HostClock::duration one_look = std::chrono::microseconds(1);

}  // namespace

HostClock::time_point HostClock::now() {
  const std::chrono::duration<double> since_start(simgrid_get_clock());
  return time_point(std::chrono::round<duration>(since_start));
}

void HostClock::sleep_for(duration time) {
  const duration slept = std::max(time, one_look);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(slept);
  const timespec split{seconds.count(), duration(slept - seconds).count()};
  ::smpi_nanosleep(&split, nullptr);
}

void HostClock::sleep_until(time_point time) { sleep_for(time - now()); }

}  // namespace evenkeel

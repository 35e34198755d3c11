#include "transport/idle_wait.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr std::chrono::nanoseconds doubled_up_to = std::chrono::milliseconds(2);

}  // namespace

void IdleWait::stir() {
  nap_ /= 8;
  if (nap_ < shortest_nap) {
    nap_ = nap_.zero();
    spin_until_.reset();
  }
}

void IdleWait::pause(std::chrono::nanoseconds at_most) { HostClock::sleep_for(next_nap(at_most)); }

std::chrono::nanoseconds IdleWait::next_nap(std::chrono::nanoseconds at_most) {
  if (nap_ == nap_.zero()) {
    const HostClock::time_point now = HostClock::now();
    if (!spin_until_) spin_until_ = now + spin;
    if (now < *spin_until_) return nap_;
  }
  const std::chrono::nanoseconds longer = nap_ < doubled_up_to ? nap_ : nap_ / 32;
  nap_ = std::clamp(nap_ + longer, shortest_nap, longest_nap_);
  return std::clamp(at_most, at_most.zero(), nap_);
}

}  // namespace evenkeel

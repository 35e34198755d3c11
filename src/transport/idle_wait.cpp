#include "transport/idle_wait.h"

#include <algorithm>
#include <thread>

namespace evenkeel {

void IdleWait::stir() {
  nap_ /= 8;
  if (nap_ < shortest_nap) {
    nap_ = nap_.zero();
    spin_until_ = Clock::now() + spin;
  }
}

void IdleWait::pause(std::chrono::nanoseconds at_most) {
  if (nap_ == nap_.zero() && Clock::now() < spin_until_) {
    std::this_thread::yield();
    return;
  }
  nap_ = std::clamp(2 * nap_, shortest_nap, longest_nap);
  std::this_thread::sleep_for(std::clamp(at_most, at_most.zero(), nap_));
}

}  // namespace evenkeel

// How a rank waits on a node that it shares with training processes.
#pragma once

#include <chrono>
#include <optional>

#include "transport/host_clock.h"

namespace evenkeel {

// For a polling loop: call pause() after a poll that found nothing, and stir() after something that
// may soon be answered. If that happens every few microseconds, pause() only yields the processor.
// Otherwise it naps, each nap longer than the last. stir() shortens the naps, but not to the
// minimum, so that rare events cost few wake-ups.
class IdleWait {
 public:
  // For a rank that others wait for. On a virtual machine a wake-up costs 25 to 40 µs of a core:
  // naps of 2 ms would already take more than 1 % of it.
  static constexpr std::chrono::nanoseconds prompt = std::chrono::milliseconds(5);

  // For a rank that others do not wait for: beyond 2 ms, a nap is at most 1/32 of the wait so far.
  static constexpr std::chrono::nanoseconds patient = std::chrono::milliseconds(20);

  // For a rank whose trainer is at work, and which only answers trims.
  static constexpr std::chrono::nanoseconds seldom = std::chrono::milliseconds(250);

  explicit IdleWait(std::chrono::nanoseconds longest_nap) : longest_nap_(longest_nap) {}

  void stir();

  // Never much longer than `at_most`.
  void pause(std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max());

  // For a loop that also waits for descriptors: the length of the next nap; 0: only yield.
  std::chrono::nanoseconds next_nap(
      std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max());

 private:
  std::chrono::nanoseconds longest_nap_;
  std::optional<HostClock::time_point> spin_until_;  // unset: spinning begins with the next pause
  std::chrono::nanoseconds nap_{};                   // the last nap; 0: none since spinning

  static constexpr std::chrono::nanoseconds spin = std::chrono::microseconds(50);
  static constexpr std::chrono::nanoseconds shortest_nap = std::chrono::microseconds(20);
};

}  // namespace evenkeel

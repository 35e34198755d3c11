// How a rank waits that shares its node with training processes.
#pragma once

#include <chrono>
#include <optional>

#include "transport/host_clock.h"

namespace evenkeel {

// For a loop that polls: call pause() after a poll that found nothing, and stir() when something
// has happened that may soon be answered. When that happens every few microseconds, pause() only
// yields the processor. When it stops, it naps, each nap longer than the last; stir() makes the
// naps shorter, not shortest, so that rare events cost few wake-ups.
class IdleWait {
 public:
  // For a rank that others wait for. A wake-up costs 25 to 40 µs of a core where the kernel runs on
  // a virtual machine: a nap of 2 ms would already take more than a hundredth of it.
  static constexpr std::chrono::nanoseconds prompt = std::chrono::milliseconds(5);

  // For a rank that only waits itself: beyond 2 ms a nap is at most a 32nd of the wait so far.
  static constexpr std::chrono::nanoseconds patient = std::chrono::milliseconds(20);

  // For a rank whose trainer is at work, and which only answers trims meanwhile.
  static constexpr std::chrono::nanoseconds seldom = std::chrono::milliseconds(250);

  explicit IdleWait(std::chrono::nanoseconds longest_nap) : longest_nap_(longest_nap) {}

  void stir();

  // Never much longer than `at_most`.
  void pause(std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max());

  // For a loop that also waits for other things than time: how long the next nap is to be; 0: only
  // yield.
  std::chrono::nanoseconds next_nap(
      std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max());

 private:
  std::chrono::nanoseconds longest_nap_;
  std::optional<HostClock::time_point>
      spin_until_;                  // none: the spinning begins with the next pause
  std::chrono::nanoseconds nap_{};  // the last; 0: none since the spinning

  static constexpr std::chrono::nanoseconds spin = std::chrono::microseconds(50);
  static constexpr std::chrono::nanoseconds shortest_nap = std::chrono::microseconds(20);
};

}  // namespace evenkeel

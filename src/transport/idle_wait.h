// How a rank waits that shares its node with training processes.
#pragma once

#include <chrono>

namespace evenkeel {

// For a loop that polls: call pause() after a poll that found nothing, and stir() when something
// has happened that may soon be answered. When that happens every few microseconds, pause() only
// yields the processor. When it stops, it naps, each nap twice as long as the last, up to 2 ms;
// stir() makes the naps shorter, not shortest, so that rare events cost few wake-ups.
class IdleWait {
 public:
  static constexpr std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(2);

  void stir();

  // Never much longer than `at_most`.
  void pause(std::chrono::nanoseconds at_most = longest_nap);

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point spin_until_ = Clock::now() + spin;
  std::chrono::nanoseconds nap_{};  // the last; 0: none since the spinning

  static constexpr std::chrono::nanoseconds spin = std::chrono::microseconds(50);
  static constexpr std::chrono::nanoseconds shortest_nap = std::chrono::microseconds(20);
};

}  // namespace evenkeel

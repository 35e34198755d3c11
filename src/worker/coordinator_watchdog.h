// When a worker gives up a coordinator that does not answer.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.h"

namespace evenkeel {

// A live coordinator may have nothing to send for hours, so it is pinged before it is given up.
// Only time in which this worker looks for messages counts: a long step, or a stop of this worker
// itself, does not make a live coordinator look dead.
class CoordinatorWatchdog {
 public:
  static constexpr Duration before_call = std::chrono::seconds(15);  // and between calls
  static constexpr Duration longest = std::chrono::seconds(60);

  // Until its first message, the coordinator may be busy with its program's start.
  static constexpr Duration longest_at_first = std::chrono::seconds(600);

  enum class Answer : std::uint8_t { wait, call, give_up };

  // Returns what to do about it. Call regularly.
  Answer look(Instant now) {
    silent_ += std::clamp(now - last_look_, Duration::zero(), most_between_looks);
    last_look_ = now;
    if (silent_ >= (heard_ ? longest : longest_at_first)) return Answer::give_up;
    if (silent_ < next_call_) return Answer::wait;
    next_call_ = silent_ + before_call;
    return Answer::call;
  }

  void end(Instant now) {
    heard_ = true;
    silent_ = Duration::zero();
    next_call_ = before_call;
    last_look_ = now;
  }

 private:
  static constexpr Duration most_between_looks = std::chrono::seconds(1);

  bool heard_ = false;
  Duration silent_{};
  Duration next_call_ = before_call;
  Instant last_look_{};
};

}  // namespace evenkeel

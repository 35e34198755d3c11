// When a host gives up a job that nobody goes on with.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/time.h"

namespace evenkeel {

// Not at once: a worker may come back.
class StallTimer {
 public:
  static constexpr Duration longest = std::chrono::seconds(60);
  static constexpr Duration standstill = std::chrono::seconds(1);

  // Call regularly. A host that has not for longer than a standstill was suspended, and perhaps its
  // workers with it: that time does not count.
  void look(bool deserted, Instant now) {
    const Duration unseen = now - std::exchange(last_look_, now) - standstill;
    if (!deserted) {
      final_at_ = Instant::max();
    } else if (final_at_ == Instant::max()) {
      final_at_ = now + longest;
    } else {
      final_at_ += std::max(Duration::zero(), unseen);
    }
  }

  // Whether it has lasted for too long.
  bool is_final(Instant now) const { return now >= final_at_; }

 private:
  Instant final_at_ = Instant::max();
  Instant last_look_{};
};

}  // namespace evenkeel

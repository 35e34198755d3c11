// When a host gives up a job that nobody goes on with.
#pragma once

#include <chrono>

#include "core/time.h"

namespace evenkeel {

// Not at once: a worker may come back.
class StallTimer {
 public:
  static constexpr Duration longest = std::chrono::seconds(60);

  // Call regularly.
  void look(bool deserted, Instant now) {
    if (!deserted) {
      final_at_ = Instant::max();
    } else if (final_at_ == Instant::max()) {
      final_at_ = now + longest;
    }
  }

  // Whether it has lasted for too long.
  bool is_final(Instant now) const { return now >= final_at_; }

 private:
  Instant final_at_ = Instant::max();
};

}  // namespace evenkeel

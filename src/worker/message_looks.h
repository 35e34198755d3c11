// When a busy worker looks for messages next.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/time.h"

namespace evenkeel {

// If a host has more ranks than cores, MPI yields the core when it finds no message, so a look
// between two short steps can take longer than the steps. A busy worker spends about a tenth of its
// time on looks, but never leaves a message for longer than `longest_without_look`.
class MessageLooks {
 public:
  static constexpr int work_per_look = 9;
  static constexpr Duration longest_without_look = std::chrono::milliseconds(20);

  bool is_due(bool has_work, Instant now) const { return !has_work || now >= next_; }

  void looked(Instant begin, Instant end) {
    next_ = end + std::min<Duration>(work_per_look * (end - begin), longest_without_look);
  }

 private:
  Instant next_ = Instant::min();
};

}  // namespace evenkeel

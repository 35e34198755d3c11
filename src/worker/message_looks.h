// When a worker that has work looks for messages next.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/time.h"

namespace evenkeel {

// Where a host has more ranks than cores, MPI gives the core away when it finds no message: a look
// between two short steps can take longer than the steps. A worker that has work spends about a
// tenth of its time on looks, but never leaves a message for longer than `longest_without_look`.
class MessageLooks {
 public:
  static constexpr int work_per_look = 9;
  static constexpr Duration longest_without_look = std::chrono::milliseconds(20);

  // A worker without work has nothing better to do.
  bool is_due(bool has_work, Instant now) const { return !has_work || now >= next_; }

  void looked(Instant begin, Instant end) {
    next_ = end + std::min<Duration>(work_per_look * (end - begin), longest_without_look);
  }

 private:
  Instant next_ = Instant::min();
};

}  // namespace evenkeel

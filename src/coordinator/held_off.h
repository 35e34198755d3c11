// Lease mode: requests that wait for a moment, of workers that fail one step after the other. A
// worker that fails everything does so fast: it would fail all steps before others do one.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "core/per_worker.h"
#include "core/time.h"

namespace evenkeel {

class HeldOff {
 public:
  static constexpr Duration shortest = std::chrono::milliseconds(10);
  static constexpr Duration longest = std::chrono::milliseconds(250);

  // Its `times`-th time in a row, from 0: twice as long each time.
  void add(WorkerIndex worker, int times, Instant now) {
    waiting_.push_back({worker, now + std::min(longest, shortest * (1 << std::min(times, 20)))});
  }

  // When the first of them is due.
  std::optional<Instant> next() const {
    const auto first = std::ranges::min_element(waiting_, {}, &Waiting::until);
    return first == waiting_.end() ? std::nullopt : std::optional(first->until);
  }

  // Calls visit(worker) for those that are due, and forgets them.
  template <typename Visit>
  void visit_due(Instant now, Visit visit) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
      if (now < waiting.until) return false;
      visit(waiting.worker);
      return true;
    });
  }

 private:
  struct Waiting {
    WorkerIndex worker;
    Instant until;
  };

  std::vector<Waiting> waiting_;
};

}  // namespace evenkeel

// Who has tried a step in vain.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/per_worker.h"

namespace evenkeel {

// A value: equal if the same workers have failed, in whatever order.
class Attempts {
 public:
  static constexpr int most = 3;  // a step that has failed so often is not tried again

  bool none() const { return count_ == 0; }
  bool exhausted() const { return count_ == most; }

  // Workers in ascending order; one that has failed twice is there twice.
  std::span<const WorkerIndex> workers() const { return {workers_.data(), count_}; }

  bool by(WorkerIndex worker) const {
    return std::ranges::find(workers(), worker) != workers().end();
  }

  // Precondition: not exhausted.
  Attempts and_by(WorkerIndex worker) const {
    Attempts more = *this;
    std::size_t place = more.count_++;
    for (; place > 0 && workers_[place - 1] > worker; --place) {
      more.workers_[place] = workers_[place - 1];
    }
    more.workers_[place] = worker;
    return more;
  }

  friend bool operator==(const Attempts&, const Attempts&) = default;

 private:
  std::array<WorkerIndex, most> workers_{};
  std::uint32_t count_ = 0;
};

}  // namespace evenkeel

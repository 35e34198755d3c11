// What is known against a step: the workers that have failed it, and whether several have fallen
// silent with it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/per_worker.h"

namespace evenkeel {

// A value: equal if the same workers have failed it as often, in whatever order. Remembers up to
// three workers.
class Attempts {
 public:
  static constexpr int most = 3;
  static constexpr int most_tries = 9;  // of workers of which none is known to be able

  bool none() const { return tries_ == 0; }

  int tries() const { return tries_; }

  // Several workers have fallen silent with it, which is no attempt: it is tried last.
  bool is_last() const { return is_last_; }
  Attempts as_last() const {
    Attempts last = *this;
    last.is_last_ = true;
    return last;
  }

  // Whether so many attempts tell of the step rather than of the workers, if so many workers could
  // try it: three attempts, by as many different workers as there are.
  bool enough(std::int32_t workers) const {
    return tries_ >= most && distinct_ >= std::clamp<std::int32_t>(workers, 1, most);
  }

  // Whether nobody need try it again, whoever has failed it.
  bool too_many() const { return tries_ == most_tries; }

  // In ascending order, each once.
  std::span<const WorkerIndex> workers() const { return {workers_.data(), distinct_}; }

  bool by(WorkerIndex worker) const {
    return std::ranges::find(workers(), worker) != workers().end();
  }

  Attempts and_by(WorkerIndex worker) const {
    Attempts more = *this;
    more.tries_ = static_cast<std::uint16_t>(std::min(tries_ + 1, most_tries));
    if (by(worker)) return more;
    if (distinct_ == most) {
      std::shift_left(more.workers_.begin(), more.workers_.end(), 1);
      --more.distinct_;
    }
    std::size_t place = more.distinct_++;
    for (; place > 0 && more.workers_[place - 1] > worker; --place) {
      more.workers_[place] = more.workers_[place - 1];
    }
    more.workers_[place] = worker;
    return more;
  }

  friend bool operator==(const Attempts&, const Attempts&) = default;

 private:
  std::array<WorkerIndex, most> workers_{};
  std::uint16_t distinct_ = 0;
  std::uint16_t tries_ = 0;
  bool is_last_ = false;
};

}  // namespace evenkeel

// The mean of the workers' values, updated in O(log n) without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/per_worker.h"

namespace evenkeel {

// Values are ≥ 0; a worker may have none. A tree of sums, because a running sum would drift.
class MeanTree {
 public:
  explicit MeanTree(std::int32_t workers);

  void set(WorkerIndex worker, double figure);
  void remove(WorkerIndex worker);
  bool contains(WorkerIndex worker) const { return present_[worker]; }

  // Precondition: it has a value.
  double figure(WorkerIndex worker) const { return sums_[leaf(worker)]; }

  // The mean of the existing values. Precondition: there is one.
  double mean() const { return sums_[1] / count_; }

  // The value divided by the mean; 1 without a value.
  double relative(WorkerIndex worker) const {
    return contains(worker) ? figure(worker) / mean() : 1;
  }

 private:
  void store(WorkerIndex worker, double figure);
  std::size_t leaf(WorkerIndex worker) const {
    return leaves_ + static_cast<std::size_t>(worker.value());
  }

  std::size_t leaves_;        // a power of two
  std::vector<double> sums_;  // the root at 1, the leaves from leaves_ on
  PerWorker<bool> present_;
  int count_ = 0;
};

}  // namespace evenkeel

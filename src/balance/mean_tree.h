// The mean of some workers' figures, kept up to date in O(log n) without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/per_worker.h"

namespace evenkeel {

// Figures ≥ 0; not every worker needs to have one. A tree of sums, as a running sum would drift.
class MeanTree {
 public:
  explicit MeanTree(std::int32_t workers);

  void set(WorkerIndex worker, double figure);
  void remove(WorkerIndex worker);
  bool contains(WorkerIndex worker) const { return present_[worker]; }

  // Precondition: it has one.
  double figure(WorkerIndex worker) const { return sums_[leaf(worker)]; }

  // Of those that have a figure. Precondition: there are such.
  double mean() const { return sums_[1] / count_; }

  // The figure as a multiple of the mean; one without a figure has the mean.
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

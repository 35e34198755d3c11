// The mean of some workers' figures, kept up to date in O(log n) without allocating.
#pragma once

#include <cstddef>
#include <vector>

namespace evenkeel {

// Figures ≥ 0 of the indices 0 … size − 1; not all need to have one. A tree of sums, as a running
// sum would drift.
class MeanTree {
 public:
  explicit MeanTree(int size);

  void set(int index, double figure);
  void remove(int index);
  bool contains(int index) const { return present_[static_cast<std::size_t>(index)]; }

  // Precondition: it has one.
  double figure(int index) const { return sums_[leaves_ + static_cast<std::size_t>(index)]; }

  // Of those that have a figure. Precondition: there are such.
  double mean() const { return sums_[1] / count_; }

  // The figure as a multiple of the mean; one without a figure has the mean.
  double relative(int index) const { return contains(index) ? figure(index) / mean() : 1; }

 private:
  void store(int index, double figure);

  std::size_t leaves_;        // a power of two
  std::vector<double> sums_;  // the root at 1, the leaves from leaves_ on
  std::vector<bool> present_;
  int count_ = 0;
};

}  // namespace evenkeel

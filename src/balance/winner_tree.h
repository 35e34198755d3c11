// The index with the least key, kept up to date in O(log n) without allocating.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace evenkeel {

// A tournament over the indices 0 … size − 1; an index without a key takes no part.
// Ties go to the lower index.
class WinnerTree {
 public:
  static constexpr int none = -1;

  explicit WinnerTree(int size);

  void set(int index, double key);
  void remove(int index) { set(index, absent); }
  bool contains(int index) const { return key(index) < absent; }

  // The index with the least key, or `none`.
  int winner() const;
  double key(int index) const { return keys_[static_cast<std::size_t>(index)]; }

 private:
  static constexpr double absent = std::numeric_limits<double>::infinity();

  int better(int a, int b) const;

  std::size_t leaves_ = 1;    // a power of two
  std::vector<double> keys_;  // of each leaf
  std::vector<int> winners_;  // of each inner node, the root at 1
};

}  // namespace evenkeel

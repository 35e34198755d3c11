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
  double key(int index) const {
    const auto leaf = static_cast<std::size_t>(index);
    if (leaf >= keys_.size()) return absent;
    return keys_[leaf];
  }

  // Visits the indices whose keys are below the limit, in no particular order, until `visit`
  // returns true; whether it did. In O(log n) for each.
  template <typename Visit>
  bool any_below(double limit, Visit visit) const {
    return any_below(1, limit, visit);
  }

 private:
  static constexpr double absent = std::numeric_limits<double>::infinity();

  template <typename Visit>
  bool any_below(std::size_t node, double limit, Visit& visit) const {
    if (node >= leaves_) {
      const int index = static_cast<int>(node - leaves_);
      return key(index) < limit && visit(index);
    }
    if (!(key(winners_[node]) < limit)) return false;
    return any_below(2 * node, limit, visit) || any_below(2 * node + 1, limit, visit);
  }

  int better(int a, int b) const;

  std::size_t leaves_ = 1;    // a power of two
  std::vector<double> keys_;  // of the first leaves; the others have none
  std::vector<int> winners_;  // of each inner node, the root at 1
};

}  // namespace evenkeel

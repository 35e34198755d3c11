#include "balance/winner_tree.h"

#include <algorithm>
#include <bit>

#include "core/check.h"

namespace evenkeel {

WinnerTree::WinnerTree(int size)
    : leaves_(std::bit_ceil(static_cast<std::size_t>(size < 2 ? 2 : size))),
      keys_(static_cast<std::size_t>(std::max(size, 0)), absent),
      winners_(leaves_) {
  for (std::size_t node = leaves_ - 1; node > 0; --node) {
    winners_[node] =
        2 * node >= leaves_ ? static_cast<int>(2 * node - leaves_) : winners_[2 * node];
  }
}

int WinnerTree::better(int a, int b) const { return key(b) < key(a) ? b : a; }

void WinnerTree::set(int index, double key) {
  const auto leaf = static_cast<std::size_t>(index);
  EVENKEEL_CHECK(index >= 0 && leaf < keys_.size());
  if (keys_[leaf] == key) return;
  keys_[leaf] = key;
  std::size_t node = (leaf + leaves_) / 2;
  winners_[node] = better(index & ~1, index | 1);
  for (node /= 2; node > 0; node /= 2) {
    winners_[node] = better(winners_[2 * node], winners_[2 * node + 1]);
  }
}

int WinnerTree::winner() const {
  const int best = winners_[1];
  return contains(best) ? best : none;
}

}  // namespace evenkeel

#include "balance/mean_tree.h"

#include <bit>

#include "core/check.h"

namespace evenkeel {

MeanTree::MeanTree(int size)
    : leaves_(std::bit_ceil(static_cast<std::size_t>(size))),
      sums_(2 * leaves_, 0.0),
      present_(static_cast<std::size_t>(size), false) {}

void MeanTree::set(int index, double figure) {
  if (!contains(index)) {
    present_[static_cast<std::size_t>(index)] = true;
    ++count_;
  }
  store(index, figure);
}

void MeanTree::remove(int index) {
  if (!contains(index)) return;
  present_[static_cast<std::size_t>(index)] = false;
  --count_;
  store(index, 0);
}

void MeanTree::store(int index, double figure) {
  EVENKEEL_CHECK(figure >= 0);
  std::size_t node = leaves_ + static_cast<std::size_t>(index);
  if (sums_[node] == figure) return;
  sums_[node] = figure;
  for (node /= 2; node > 0; node /= 2) sums_[node] = sums_[2 * node] + sums_[2 * node + 1];
}

}  // namespace evenkeel

#include "balance/mean_tree.h"

#include <bit>

#include "core/check.h"

namespace evenkeel {

MeanTree::MeanTree(std::int32_t workers)
    : leaves_(std::bit_ceil(static_cast<std::size_t>(workers))),
      sums_(2 * leaves_, 0.0),
      present_(workers, false) {}

void MeanTree::set(WorkerIndex worker, double figure) {
  if (!contains(worker)) {
    present_[worker] = true;
    ++count_;
  }
  store(worker, figure);
}

void MeanTree::remove(WorkerIndex worker) {
  if (!contains(worker)) return;
  present_[worker] = false;
  --count_;
  store(worker, 0);
}

void MeanTree::store(WorkerIndex worker, double figure) {
  EVENKEEL_CHECK(figure >= 0);
  std::size_t node = leaf(worker);
  if (sums_[node] == figure) return;
  sums_[node] = figure;
  for (node /= 2; node > 0; node /= 2) sums_[node] = sums_[2 * node] + sums_[2 * node + 1];
}

}  // namespace evenkeel

#include "balance/winner_tree.h"

#include <bit>

#include "core/check.h"

namespace evenkeel {

WinnerTree::WinnerTree(std::int32_t workers)
    : leaves_(std::bit_ceil(static_cast<std::size_t>(workers < 2 ? 2 : workers))),
      keys_(workers, absent),
      winners_(leaves_) {
  for (std::size_t node = leaves_ - 1; node > 0; --node) {
    winners_[node] = 2 * node >= leaves_ ? at_leaf(2 * node) : winners_[2 * node];
  }
}

void WinnerTree::set(WorkerIndex worker, double key) {
  EVENKEEL_CHECK(worker.value() >= 0 && worker.value() < keys_.size());
  if (keys_[worker] == key) return;
  keys_[worker] = key;
  std::size_t node = (static_cast<std::size_t>(worker.value()) + leaves_) / 2;
  winners_[node] = better(at_leaf(2 * node), at_leaf(2 * node + 1));
  for (node /= 2; node > 0; node /= 2) {
    winners_[node] = better(winners_[2 * node], winners_[2 * node + 1]);
  }
}

std::optional<WorkerIndex> WinnerTree::winner() const {
  const WorkerIndex best = winners_[1];
  if (!contains(best)) return std::nullopt;
  return best;
}

}  // namespace evenkeel

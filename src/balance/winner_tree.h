// The worker with the least key, updated in O(log n) without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/per_worker.h"

namespace evenkeel {

// A tournament of the workers; those without a key do not take part. Ties: the lower index.
class WinnerTree {
 public:
  explicit WinnerTree(std::int32_t workers);

  void set(WorkerIndex worker, double key);
  void remove(WorkerIndex worker) { set(worker, absent); }
  bool contains(WorkerIndex worker) const { return key(worker) < absent; }

  // The worker with the least key; none if there are no keys.
  std::optional<WorkerIndex> winner() const;
  double key(WorkerIndex worker) const {
    if (worker.value() >= keys_.size()) return absent;
    return keys_[worker];
  }

  // Visits the workers with keys below the limit, in no particular order, until `visit` returns
  // true; returns whether it did. O(log n) per visit.
  template <typename Visit>
  bool any_below(double limit, Visit visit) const {
    return any_below(1, limit, visit);
  }

 private:
  static constexpr double absent = std::numeric_limits<double>::infinity();

  template <typename Visit>
  bool any_below(std::size_t node, double limit, Visit& visit) const {
    if (node >= leaves_) {
      const WorkerIndex worker = at_leaf(node);
      return key(worker) < limit && visit(worker);
    }
    if (!(key(winners_[node]) < limit)) return false;
    return any_below(2 * node, limit, visit) || any_below(2 * node + 1, limit, visit);
  }

  WorkerIndex at_leaf(std::size_t node) const {
    return WorkerIndex(static_cast<std::int32_t>(node - leaves_));
  }
  WorkerIndex better(WorkerIndex a, WorkerIndex b) const { return key(b) < key(a) ? b : a; }

  std::size_t leaves_;                // a power of two
  PerWorker<double> keys_;            // of the first leaves; the others have no key
  std::vector<WorkerIndex> winners_;  // per inner node, root at 1
};

}  // namespace evenkeel

// Lease mode, where a step may be done twice: which step is late, and who would have done a copy of
// it clearly sooner.
#pragma once

#include <optional>
#include <vector>

#include "balance/cluster.h"
#include "coordinator/lease_book.h"
#include "core/time.h"

namespace evenkeel {

// Looks for a copy to make where nothing is free and nobody gives anything back. A step is expected
// to last as long as its worker's other ones; then, as much longer as it is overdue. Once it has
// lasted twice as long, or if nothing is known of its worker, as long again as it has lasted.
class LateSteps {
 public:
  struct Choice {
    WorkerIndex copier;
    WorkerIndex holder;
    FreePool::Piece step;
  };

  // Of the steps that workers are in, those that are expected to end last come first: each is for
  // the idle worker that would do it in the least time, unless that would hardly be sooner. At most
  // one for each of them. A step waits for a busy worker that is expected to be done with its work
  // and the copy clearly sooner than the idle one, and if nothing is known of that, for any that
  // would be of use. O(workers log workers), but for those who wait.
  std::vector<Choice> choose(const Cluster& cluster, const LeaseBook& book, Instant now);

  // There is other work, or nothing to look for.
  void forget() { reconsider_at_.reset(); }

  // When to look again even if nothing has changed.
  std::optional<Instant> reconsider_at() const { return reconsider_at_; }

 private:
  std::optional<Instant> reconsider_at_;
  Instant rest_until_{};  // from looking at all workers
};

}  // namespace evenkeel

// Lease mode: checkpoints that some workers have called for, and others not yet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/checkpoint_tag.h"
#include "core/done_work.h"
#include "core/interval.h"
#include "core/per_worker.h"
#include "core/types.h"

namespace evenkeel {

// Every worker contributes what it has done up to its call, and works on: what it does after that
// is not in the checkpoint. A lost contributor voids it.
class PendingCheckpoints {
 public:
  static constexpr std::size_t most = 8;                 // at once; one more voids the oldest
  static constexpr std::size_t most_intervals = 10'000;  // done after the calls for one of them

  explicit PendingCheckpoints(std::int32_t workers) : workers_(workers) {}

  // A worker contributes to a tag; `after_end`: all work is done. If it has done so before, the
  // checkpoint begins anew. Returns the tags that this voids.
  std::vector<CheckpointTag> call(WorkerIndex worker, const CheckpointTag& tag,
                                  bool after_end = false);

  // A worker calls for none any more. Forgets those that others have called for before all work was
  // done, and it has not; returns their tags.
  std::vector<CheckpointTag> close(WorkerIndex worker);

  // A worker has done more. Returns the tags of those that this voids: others have not called for
  // them in so long a time.
  std::vector<CheckpointTag> progress(WorkerIndex worker, Pass pass, Interval interval);

  // Forgets those that the worker has contributed to, or those that it has not; returns their tags.
  std::vector<CheckpointTag> lose(WorkerIndex worker, bool contributed = true);

  struct Complete {
    CheckpointTag tag;
    DoneWork done;
  };
  // Removes and returns a checkpoint that no worker is missing of those for which `is_live` holds,
  // if there is one. `done`: by all, up to now; an epoch has so many samples.
  template <typename IsLive, typename Done>
  std::optional<Complete> take_complete(IsLive is_live, Done done, std::int64_t epoch_samples) {
    for (const Pending& pending : pending_) {
      if (lacks_one(pending, is_live)) continue;
      return take(pending, done(), epoch_samples);
    }
    return std::nullopt;
  }

  bool empty() const { return pending_.empty(); }
  bool has(const CheckpointTag& tag) const {
    return std::ranges::any_of(pending_,
                               [&](const Pending& pending) { return pending.tag == tag; });
  }

 private:
  struct Pending {
    CheckpointTag tag;
    PerWorker<bool> has_called;
    std::map<Pass, IntervalSet> since;  // done by those who have called, after their calls
    bool is_after_end = false;
  };

  template <typename IsLive>
  bool lacks_one(const Pending& pending, IsLive is_live) const {
    for (const WorkerIndex worker : WorkerRange(workers_)) {
      if (is_live(worker) && !pending.has_called[worker]) return true;
    }
    return false;
  }
  Complete take(const Pending& pending, DoneWork done, std::int64_t epoch_samples);

  std::int32_t workers_;
  std::vector<Pending> pending_;  // the oldest first
};

}  // namespace evenkeel

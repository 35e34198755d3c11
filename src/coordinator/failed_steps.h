// Steps that have failed and are to be tried again: which there are, who has failed them, and who
// tries them next.
//
// They are kept as intervals, together with all others of the same epoch that the same workers have
// failed: one worker that fails whatever it gets makes no more than a few of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/cluster.h"
#include "coordinator/attempts.h"
#include "coordinator/free_pool.h"
#include "coordinator/records.h"
#include "core/interval.h"

namespace evenkeel {

class FailedSteps {
 public:
  explicit FailedSteps(std::int64_t step_samples) : step_samples_(step_samples) {}

  struct Group {
    Pass pass;
    Attempts attempts;  // at least one, and not exhausted
    IntervalSet steps;  // not empty
  };

  // Steps that come back, and who has tried them. An empty interval is none.
  void add(Pass pass, Interval interval, const Attempts& attempts, double cost);

  double cost() const { return cost_; }                      // of all together
  std::span<const Group> groups() const { return groups_; }  // in order of their epochs

  struct Retry {
    WorkerIndex worker;
    FreePool::Piece piece;
    Attempts attempts;
  };

  // Takes away a step that one of those who ask for work may try: who has not failed it yet, and
  // does not fail whatever it gets. If all have failed it that live, or do so, then one of these.
  // None: nothing has failed, or others may try it who do not ask yet, but will or be lost.
  // The pool knows costs.
  std::optional<Retry> take(const Cluster& cluster, const PerWorker<WorkerAccount>& accounts,
                            const FreePool& pool);

 private:
  std::optional<WorkerIndex> taker(const Attempts& attempts, const Cluster& cluster,
                                   const PerWorker<WorkerAccount>& accounts) const;

  std::int64_t step_samples_;
  std::vector<Group> groups_;
  double cost_ = 0;
};

}  // namespace evenkeel

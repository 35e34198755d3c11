// Steps that have failed and are to be tried again: which there are, who has failed them, and who
// tries them next.
//
// They are kept as intervals, together with all others of the same epoch that the same workers have
// failed: one worker that fails whatever it gets makes no more than a few of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/cluster.h"
#include "coordinator/attempts.h"
#include "coordinator/attendance.h"
#include "coordinator/free_pool.h"
#include "core/interval.h"

namespace evenkeel {

class FailedSteps {
 public:
  FailedSteps(std::int64_t step_samples, std::int32_t workers)
      : step_samples_(step_samples), failed_in_a_row_(workers, 0) {}

  struct Group {
    Pass pass;
    Attempts attempts;  // at least one, and not exhausted
    IntervalSet steps;  // not empty
  };

  // Steps that come back, and who has tried them. An empty interval is none.
  void add(Pass pass, Interval interval, const Attempts& attempts, double cost);

  // Counts failures in a row, of any steps: a worker that fails everything may be at fault.
  void failed_one(WorkerIndex worker) { ++failed_in_a_row_[worker]; }
  void did_one(WorkerIndex worker) { failed_in_a_row_[worker] = 0; }

  double cost() const { return cost_; }                      // of all together
  std::span<const Group> groups() const { return groups_; }  // in order of their epochs

  struct Retry {
    WorkerIndex worker;
    FreePool::Piece piece;
    Attempts attempts;
  };

  // Takes a failed step for a worker that asks: preferably one that has not failed it and does not
  // fail everything. None: nothing has failed, or better workers will ask later or be lost. The
  // pool knows costs.
  std::optional<Retry> take(const Cluster& cluster, const Attendance& attendance,
                            const FreePool& pool);

 private:
  // Workers in the order of preference for a step.
  enum Suitability : std::size_t { fit, doubtful, has_failed_it, suitabilities };

  Suitability suitability(const Attempts& attempts, WorkerIndex worker) const;
  std::optional<WorkerIndex> taker(const Attempts& attempts, const Cluster& cluster,
                                   const Attendance& attendance) const;

  std::int64_t step_samples_;
  std::vector<Group> groups_;
  double cost_ = 0;
  PerWorker<int> failed_in_a_row_;  // steps, since the last one that it did
};

}  // namespace evenkeel

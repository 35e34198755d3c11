// Steps that are to be tried again, alone: they have failed, or are suspected of it, as a trainer
// ended or workers fell silent with them. Which there are, who has failed them, and who tries them
// next.
//
// They are kept as intervals, together with all others of the same epoch that the same workers have
// failed: one worker that fails whatever it gets makes no more than a few of them.
#pragma once

#include <chrono>
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
  // A worker that has failed so many steps in a row, each of them for the first time, may be at
  // fault; after so many, it can do nothing.
  static constexpr int doubtful_after = 3;
  static constexpr int hopeless_after = 64;
  static constexpr Duration longest_without_a_step = std::chrono::seconds(60);

  FailedSteps(std::int64_t step_samples, std::int32_t workers)
      : step_samples_(step_samples), failed_in_a_row_(workers, 0), has_done_one_(workers, false) {}

  struct Group {
    Pass pass;
    Attempts attempts;  // none: suspected
    IntervalSet steps;  // not empty
  };

  // Steps that come back, and who has tried them. An empty interval is none. `cost`: as the pool
  // knows it.
  void add(Pass pass, Interval interval, const Attempts& attempts, double cost);

  // The pool has learned other costs.
  void recost(const FreePool& pool);

  // Counts failures in a row, of different steps: a worker that fails everything may be at fault.
  void failed_one(WorkerIndex worker, Instant now) {
    ++failed_in_a_row_[worker];
    if (!failing_since_) failing_since_ = now;
  }
  void did_one(WorkerIndex worker) {
    failing_since_.reset();
    failed_in_a_row_[worker] = 0;
    has_done_one_[worker] = true;
  }
  // Its trainer is another one from now on.
  void forget(WorkerIndex worker) { failed_in_a_row_[worker] = 0; }
  int failed_in_a_row(WorkerIndex worker) const { return failed_in_a_row_[worker]; }
  bool is_able(WorkerIndex worker) const {
    return has_done_one_[worker] && failed_in_a_row_[worker] < doubtful_after;
  }

  double cost() const { return cost_; }                      // of all together
  std::span<const Group> groups() const { return groups_; }  // in order of their epochs

  struct Retry {
    WorkerIndex worker;
    FreePool::Piece piece;
    Attempts attempts;
  };

  // Takes a failed step for a worker that asks: preferably one that has not failed it and does not
  // fail everything. None: nothing has failed, or better workers will ask later, or be lost for
  // good, or other work comes first. A worker whose last step failed may have been broken by that:
  // it does other work first, if there is any. Steps that have failed often enough are tried by
  // further workers once nothing else is left. A worker tries one again that it has failed once no
  // work is free, as its trainer makes way for it; or if it fails whatever it gets, and may be
  // broken. The pool knows costs.
  std::optional<Retry> take(const Cluster& cluster, const Attendance& attendance,
                            const FreePool& pool, Instant now);

  // Whether no worker can do anything, and none has for a minute.
  bool are_all_hopeless(const Cluster& cluster, const Attendance& attendance, Instant now) const;

  // Whether all of them have failed often enough, and no further worker can try any of them.
  bool are_beyond_all(const Cluster& cluster, const Attendance& attendance, Instant now) const;

  // Whether the worker asks for work, will ask, or may come back to ask. One that holds nothing and
  // does not ask is not waited for: it may never. Yet it may be about to, if it has just spoken.
  static bool will_ask(WorkerIndex worker, const Cluster& cluster, const Attendance& attendance);
  static bool may_ask(WorkerIndex worker, const Cluster& cluster, const Attendance& attendance,
                      Instant now);
  static constexpr Duration just = std::chrono::seconds(5);

  // What shows that workers are not at fault: what one of them has to be, or have done.
  enum class Proof : std::uint8_t { able, has_done_one, none };

  // Takes away steps that have failed often enough, with that proof.
  std::vector<Group> take_proven(const Cluster& cluster, const Attendance& attendance,
                                 const FreePool& pool, Instant now, Proof proof);

 private:
  // Workers in the order of preference for a step.
  enum Suitability : std::size_t { fit, doubtful, has_failed_it, suitabilities };

  struct OtherWork {
    bool is_free;
    bool is_any;  // free or held
  };

  bool is_doubtful(WorkerIndex worker) const { return failed_in_a_row_[worker] >= doubtful_after; }
  Suitability suitability(const Attempts& attempts, WorkerIndex worker, bool is_free_work) const;
  static std::int32_t how_many_may_ask(const Cluster& cluster, const Attendance& attendance,
                                       Instant now);
  std::optional<WorkerIndex> taker(const Attempts& attempts, bool is_enough, bool is_free_work,
                                   const Cluster& cluster, const Attendance& attendance) const;
  bool can_add_to(const Attempts& attempts, WorkerIndex worker) const;
  std::optional<Retry> take(bool last, const OtherWork& other, const Cluster& cluster,
                            const Attendance& attendance, const FreePool& pool, Instant now);
  void take_cost(double cost);

  std::int64_t step_samples_;
  std::vector<Group> groups_;
  double cost_ = 0;
  PerWorker<int> failed_in_a_row_;  // steps, since the last one that it did
  PerWorker<bool> has_done_one_;
  std::optional<Instant> failing_since_;  // nobody has done a step since
};

}  // namespace evenkeel

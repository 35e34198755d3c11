// Where every sample of the live epochs is: free, leased, to be tried again, done, or set aside. A
// copy of a step is nowhere until its lease takes the place of the one that it was copied from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "balance/policy.h"
#include "coordinator/away_factor.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/failed_steps.h"
#include "coordinator/free_pool.h"
#include "coordinator/lease_table.h"
#include "coordinator/outputs.h"
#include "coordinator/step_copies.h"

namespace evenkeel {

// The report of a worker whose clock may differ: no step begins before the job, or ends long after
// its report has come.
Report within_the_job(const Report& report, Instant now);

// Each sample is in one place. The cluster's view of what workers hold follows. What is done of a
// lease is a span in the outbox once the lease is over.
class LeaseBook {
 public:
  using Outbox = CoordinatorOutbox<LeaseMode>;

  // The dataset and the cluster must outlive the book.
  LeaseBook(const Dataset& dataset, const CoordinatorOptions& options, Cluster& cluster);

  // ---- what can be leased
  FreeWork free_work() const;  // its cost includes steps to be tried again, which nobody else gets
  FreePool::Piece take(const Assignment& assignment);
  std::optional<FreePool::Piece> take_in(std::int64_t file) { return pool_.take_in(file); }
  double away(WorkerIndex worker) const { return away_.of(worker); }

  // Away from home, its steps took so many times as long.
  void observe_away(WorkerIndex worker, double ratio) {
    away_.observe(worker, ratio);
    cluster_.set_away(worker, away_.of(worker));
  }
  FailedSteps& failed_steps() { return failed_; }
  const FailedSteps& failed_steps() const { return failed_; }
  const FreePool& pool() const { return pool_; }
  LeaseId grant(WorkerIndex worker, const FreePool::Piece& piece,
                const std::optional<Attempts>& retry);

  // ---- copies
  struct NextStep {
    Pass pass;
    Interval interval;
    double cost;  // on its holder
  };

  // The step that the worker is in, or comes to next; none: it holds none that may be copied. Steps
  // that have failed are not: they are tried one worker after the other.
  std::optional<NextStep> copyable(WorkerIndex holder) const;

  // The same to another worker; and what that costs there.
  FreePool::Piece piece_for(WorkerIndex worker, const NextStep& step) const {
    return pool_.piece_for(cluster_.worker(worker).home, step.pass, step.interval);
  }
  double cost_there(WorkerIndex worker, const FreePool::Piece& piece) const {
    return piece.is_away ? piece.cost * away_.of(worker) : piece.cost;
  }

  // The copier gets that step too. Whichever of the two leases has it done first counts, and if the
  // holder gives the step up, the copier has it.
  LeaseId grant_copy(WorkerIndex copier, WorkerIndex holder, const FreePool::Piece& step);

  // A worker that another has outrun, and the step that it is in for nothing.
  struct Outrun {
    WorkerIndex worker;
    LeaseId lease;
    Interval step;
  };

  // The workers that were outrun since the last call: what they hold is to be taken back.
  std::vector<Outrun> take_outrun() { return std::exchange(outrun_, {}); }

  // ---- leases
  // The worker's lease of that id, or its oldest whose id is at least `least`; or nullptr.
  const Lease* find(WorkerIndex worker, LeaseId id) const { return leases_.find(worker, id); }
  const Lease* first(WorkerIndex worker, LeaseId least = LeaseId()) const {
    return leases_.first(worker, least);
  }
  LeaseId newest(WorkerIndex worker) const { return newest_[worker]; }  // ever granted to it

  // Throws ProtocolError, which names the rank, for what no correct worker says of its leases.
  void check(WorkerIndex worker, const Report& report) const;  // report.steps > 0
  void check(WorkerIndex worker, const Failed& failed) const;

  // In each of these, the lease is one that the worker holds.
  //
  // Precondition: report.done begins where the lease is done to, and does not go beyond it.
  void finish(WorkerIndex worker, const Report& report, Outbox& out);

  // The lease's next step, `step`, has failed.
  void fail(WorkerIndex worker, LeaseId id, Interval step, Outbox& out);

  // The lease now ends at `new_end`; what lies behind is free, or to be tried again. Returns
  // the number of samples.
  std::int64_t take_back(WorkerIndex worker, LeaseId id, Position new_end, Outbox& out);
  std::int64_t take_back(WorkerIndex worker, const TrimAnswer& answer, Outbox& out);
  std::int64_t take_back(WorkerIndex worker, const Leave& leave, Outbox& out);  // all
  std::int64_t take_back_from_the_silent(WorkerIndex worker, Outbox& out);      // all
  std::int64_t take_back_all(WorkerIndex worker, Outbox& out);

  // Files cost other than declared: so does what is free or held. O(leases), beside what the pool
  // takes.
  void learn_costs(const std::vector<LearnedCost>& learned);

  // Files have these homes: so have what is free and what is held. O(leases), beside what the pool
  // takes.
  void learn_homes(const Homes& homes);

  // These are not tried again.
  void set_aside(const FailedSteps::Group& group, Outbox& out);

  // ---- all together
  bool all_done() const { return pool_.all_done(); }
  DoneWork done_work() const;            // by all jobs of the run
  std::vector<Span> open_spans() const;  // of open leases, as if they ended now

  // Stops the program unless all samples of the live epochs are in one place, and the cluster holds
  // what the leases say.
  void check_invariants() const;

 private:
  struct HeldLease {
    WorkerIndex worker;
    const Lease* lease;  // until the table changes
  };

  double cost_of(const Lease& lease, Interval part) const {
    return lease.away * pool_.cost(lease.pass, part);
  }
  bool is_step(Interval interval) const;
  std::int64_t take_back(WorkerIndex worker, LeaseId id, Position new_end,
                         const std::optional<Attempts>& retry, Outbox& out);
  std::int64_t take_back_to_retry(WorkerIndex worker, std::int32_t steps, bool last, Outbox& out);
  void recost_leases();
  void end_race(LeaseId winner, Outbox& out);
  Interval drop(const StepCopies::Copy& copy);
  Interval promote(const StepCopies::Copy& copy, const std::optional<Attempts>& retry, Outbox& out);
  std::vector<HeldLease> held_leases() const;
  IntervalSet undone(Pass pass, const std::vector<HeldLease>& held) const;
  Span span_of(WorkerIndex worker, const Lease& lease) const;
  void tell_done(WorkerIndex worker, const Lease& lease, Outbox& out) const;
  void close_if_done(WorkerIndex worker, const Lease& lease, Outbox& out);

  Rank first_worker_;
  std::int64_t step_samples_;
  double epoch_cost_;  // the most that can be done of an epoch
  Cluster& cluster_;
  FreePool pool_;
  FailedSteps failed_;
  AwayFactors away_;
  LeaseTable leases_;
  StepCopies copies_;
  std::vector<Outrun> outrun_;
  PerWorker<LeaseId> newest_;
  std::map<Pass, IntervalSet> set_aside_;
  std::map<Pass, std::set<Position>> silent_;  // steps with which a worker has fallen silent
  std::uint64_t last_id_;
};

}  // namespace evenkeel

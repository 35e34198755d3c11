// Lease mode: hands out intervals of the epoch line and knows who holds what.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "balance/capacity_timeline.h"
#include "balance/policy.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/deadlines.h"
#include "coordinator/failed_steps.h"
#include "coordinator/free_pool.h"
#include "coordinator/job_coordinator.h"
#include "coordinator/lease_table.h"
#include "coordinator/outputs.h"
#include "coordinator/pending_checkpoints.h"
#include "coordinator/records.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

class LeaseCoordinator final : public JobCoordinator {
 public:
  using JobMode = LeaseMode;
  using Outbox = CoordinatorOutbox<LeaseMode>;

  // The dataset must outlive the coordinator. Preconditions: workers ≥ 1, epochs ≥ 1,
  // step_samples ≥ 1, weights empty or one a worker.
  LeaseCoordinator(const Dataset& dataset, const CoordinatorOptions& options);

  // Applies one message. A stale lease id is counted, never an error. Throws ProtocolError that
  // names the rank for what cannot be.
  void receive(Rank from, const LeaseMode::ToCoordinator& message, Instant now, Outbox& out);

  // Lets time pass: silent holders lose their leases, waiting workers are served.
  void wake(Instant now, Outbox& out);
  std::optional<Instant> next_wake() const override;

  // Every position of every epoch is done or set aside, and Finish has been sent.
  bool finished() const override { return finished_; }
  bool released() const override;
  bool deserted() const override { return !finished_ && still_here_ == 0; }
  bool given_up() const override { return !finished_ && left_ == options_.workers; }

  std::vector<Span> open_spans() const override;

  // By all jobs of the run together, as reported so far.
  DoneWork done_work() const;

  // Stops the program unless the done, set aside, failed, held and free intervals tile the live
  // epochs.
  void check_invariants() const;

  const CoordinatorOptions& options() const override { return options_; }
  JobRecord job() const override;
  WorkerRecord worker(Rank rank) const override;
  std::optional<StepRecord> steps() const override { return std::nullopt; }
  Pass pass() const override;

 private:
  void on(WorkerIndex worker, const Report& report, Instant now, Outbox& out);
  void on(WorkerIndex worker, const TrimAnswer& answer, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Farewell& farewell, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Pause& pause, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Leave& leave, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Failed& failed, Instant now, Outbox& out);

  void take_request(WorkerIndex worker, Duration lead, Instant now);
  void take_progress(WorkerIndex worker, const Report& report, Instant now, Outbox& out);
  std::int64_t take_back(WorkerIndex worker, LeaseId lease, Position new_end, Outbox& out);
  void close_if_done(WorkerIndex worker, const Lease& lease, Outbox& out);
  void tell_done(WorkerIndex worker, const Lease& lease, Outbox& out) const;
  bool is_step(Interval interval) const;
  void welcome_back(WorkerIndex worker, Instant now, Outbox& out);
  void lose(WorkerIndex worker, Instant now, Outbox& out);
  void lose_the_silent(Instant now, Outbox& out);

  void serve(Instant now, Outbox& out);
  void retry_failed_steps(Instant now, Outbox& out);
  void grant(WorkerIndex worker, const FreePool::Piece& piece, const Attempts& attempts,
             Instant now, Outbox& out);
  void request_trim(const TrimRequest& request, Outbox& out);
  void void_checkpoints(const std::vector<CheckpointTag>& tags, WorkerIndex by, Instant now,
                        Outbox& out) const;
  bool complete_checkpoint(std::optional<WorkerIndex> caller, Instant now, Outbox& out);
  void complete_checkpoints_without_the_lost(Instant now, Outbox& out);
  void finish_if_done(Instant now, Outbox& out);
  JobEnd end() const { return job_.set_aside_samples > 0 ? JobEnd::incomplete : JobEnd::complete; }
  void send(WorkerIndex worker, const LeaseMode::ToWorker& message, Outbox& out);

  bool owes_a_word(WorkerIndex worker) const;
  Duration patience(WorkerIndex worker) const;
  void expect_word(WorkerIndex worker, Instant now);
  void tell_policy();
  Rank rank_of(WorkerIndex worker) const { return options_.rank_of(worker); }

  CoordinatorOptions options_;
  FreePool pool_;
  FailedSteps failed_steps_;
  LeaseTable leases_;
  Cluster cluster_;
  std::unique_ptr<Policy> policy_;
  PerWorker<WorkerAccount> accounts_;
  Deadlines deadlines_;
  PendingCheckpoints checkpoints_;
  std::map<Pass, IntervalSet> set_aside_;
  JobRecord job_;
  CapacityTimeline capacity_;
  std::vector<double> largest_steps_;  // as largest_steps() has it
  std::uint64_t last_lease_id_ = 0;
  std::uint32_t last_trim_serial_ = 0;
  bool finished_ = false;
  std::int32_t still_here_ = 0;  // workers that are neither lost nor have said farewell
  std::int32_t left_ = 0;        // workers that have left early, and count as lost
};

}  // namespace evenkeel

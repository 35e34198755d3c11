// Lease mode: hands out intervals of the epoch line and knows who holds what.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "balance/file_costs.h"
#include "balance/policy.h"
#include "coordinator/attendance.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/deadlines.h"
#include "coordinator/held_off.h"
#include "coordinator/job_coordinator.h"
#include "coordinator/late_steps.h"
#include "coordinator/learned_homes.h"
#include "coordinator/lease_book.h"
#include "coordinator/locality_trial.h"
#include "coordinator/makespan_bound.h"
#include "coordinator/outputs.h"
#include "coordinator/pending_checkpoints.h"
#include "coordinator/records.h"
#include "coordinator/speed_spread.h"

namespace evenkeel {

class LeaseCoordinator final : public JobCoordinator {
 public:
  using JobMode = LeaseMode;
  using Outbox = CoordinatorOutbox<LeaseMode>;

  // The dataset must outlive the coordinator. Preconditions: workers ≥ 1, epochs ≥ 1,
  // step_samples ≥ 1, weights empty or one per worker.
  LeaseCoordinator(const Dataset& dataset, const CoordinatorOptions& options);

  // Applies one message. A stale lease id is counted, never an error. Throws ProtocolError that
  // names the rank for what cannot be.
  void receive(Rank from, const LeaseMode::ToCoordinator& message, Instant now, Outbox& out);

  // Lets time pass: silent holders lose their leases, waiting workers are served.
  void wake(Instant now, Outbox& out);
  std::optional<Instant> next_wake() const override;
  void begin_stop() override { is_stopping_ = true; }

  // Every position of every epoch is done or set aside, and Finish has been sent.
  bool finished() const override { return finished_; }
  bool released() const override { return finished_ && attendance_.here() == 0; }
  bool is_closing(Rank worker) const override {
    return attendance_.of(index_of(worker, options_.first_worker)) == WorkerLife::closing;
  }
  bool deserted() const override {
    return begun_ && !finished_ && attendance_.here() + attendance_.absent() == 0;
  }
  bool given_up() const override {
    return !finished_ && (only_failures_ || attendance_.left() == options_.workers);
  }

  // Every worker has failed whatever it got. Nothing has been set aside for that.
  bool only_failures() const override { return only_failures_; }
  const Attendance& attendance() const { return attendance_; }

  std::vector<Span> open_spans() const override { return book_.open_spans(); }
  const LeaseBook& book() const { return book_; }

  const CoordinatorOptions& options() const override { return options_; }
  JobRecord job() const override;
  WorkerRecord worker(Rank rank) const override;
  std::optional<StepRecord> steps() const override { return std::nullopt; }
  Pass pass() const override { return book_.pool().pass(); }
  std::vector<LearnedCost> learned_costs() const override { return file_costs_.learned(); }
  Homes learned_homes() const override { return learned_homes_.homes(); }

 private:
  struct WorkerAccount {
    WorkerRecord record;  // without its state, which is its attendance
    int times_lost = 0;
    std::uint32_t trim_serial = 0;  // of the outstanding trim
    Instant asked_at{};             // when its outstanding request came
    std::int64_t begun = 0;         // samples that it has probably begun, when it was lost
    Duration longest_step{};        // seen so far, the mean of a report's steps
    Duration pause{};               // that it foresees, and has not ended
    SpeedSpread spread;             // of its reports
    LeaseBook::Outrun outrun_in{};  // its step that was last outrun
    std::int64_t wasted = 0;        // samples of that which are counted, and not reported
    bool has_not_begun = false;     // what it holds: it was lost, and is still in its step of then
    Pass usual_pass{};              // where its last report at its usual speed begins
    std::optional<Position> usual_begin{};
    LeaseId lost_lease;  // that it was in when it was last lost, and its epoch
    Pass lost_pass{};
  };

  // Of what is granted, if it is not simply free.
  struct Origin {
    std::optional<Attempts> retry{};
    std::optional<WorkerIndex> holder{};  // it is a copy of a step of that worker
  };

  void on(WorkerIndex worker, const Report& report, Instant now, Outbox& out);
  void on(WorkerIndex worker, const TrimAnswer& answer, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Farewell& farewell, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Close& close, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Pause& pause, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Leave& leave, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Failed& failed, Instant now, Outbox& out);

  void take_in(WorkerIndex worker, Instant now, Outbox& out);
  void begin_if_enough();
  bool awaits_the_absent(Instant now);
  bool needs_the_absent() const;
  void take_request(WorkerIndex worker, Duration lead, Instant now);
  void serve_the_held_off(Instant now);
  void take_progress(WorkerIndex worker, Report report, Instant now, Outbox& out);
  double learned_cost(WorkerIndex worker, const Lease& lease, const Report& report, Instant now,
                      Outbox& out);
  double more_cost(Pass pass, const Report& report) const;
  double learned_away(WorkerIndex worker, const Lease& lease, const Report& report);
  double learned_home(WorkerIndex worker, const Lease& lease, const Report& report, Instant now,
                      Outbox& out);
  FreePool::Piece take(Assignment assignment);
  void take_trial(WorkerIndex worker, Pass pass, const Report& report);
  void begin_to_learn_homes(Instant now, Outbox& out);
  void take_back_the_far(WorkerIndex worker, Outbox& out);
  double learned_since_lost(WorkerIndex worker, const Report& report, Instant now, Outbox& out);
  void learn_file_cost(WorkerIndex worker, Pass pass, const Report& report, Instant now,
                       Outbox& out);
  bool is_first_in_file(const WorkerAccount& account, std::int64_t file) const;
  void restore(WorkerIndex worker, const SpeedModel& model, Instant now, Outbox& out);
  void observe(WorkerIndex worker, const Report& report, double felt_cost, Instant now,
               Outbox& out);
  void welcome_back(WorkerIndex worker, Instant now, Outbox& out);
  void lose(WorkerIndex worker, Instant now, Outbox& out);
  void count_redone(WorkerIndex worker);
  void give_up_leases(WorkerIndex worker, WorkerLife life, std::int64_t returned, Instant now,
                      Outbox& out);
  void lose_the_silent(Instant now, Outbox& out);
  void copy_late_steps(Instant now, Outbox& out);
  void leave_the_outrun_alone(Instant now, Outbox& out);
  void count_wasted(WorkerIndex worker, LeaseId lease, std::int64_t samples);
  bool is_in_void_step(WorkerIndex worker, const LeaseMode::ToCoordinator& message) const;
  static bool gives_back(const TrimAnswer& answer, const LeaseBook::Outrun& outrun);

  void serve(Instant now, Outbox& out);
  void retry_failed_steps(Instant now, Outbox& out);
  void grant(WorkerIndex worker, const FreePool::Piece& piece, const Origin& origin, Instant now,
             Outbox& out);
  void request_trim(const TrimRequest& request, Outbox& out);
  void void_checkpoints(const std::vector<CheckpointTag>& tags, WorkerIndex by, Instant now,
                        Outbox& out) const;
  bool complete_checkpoint(std::optional<WorkerIndex> caller, Instant now, Outbox& out);
  void end_checkpoints_without(WorkerIndex worker, Instant now, Outbox& out);
  void complete_checkpoints_without_the_lost(Instant now, Outbox& out);
  void judge_failures(Instant now, Outbox& out);
  void give_up_if_all_fail(Instant now);
  // No lease is held, and none can be given but of steps that have failed.
  bool is_idle() const { return cluster_.held_leases() == 0 && book_.pool().view().samples == 0; }
  void look_at_the_lost(Instant now);
  void finish_if_done(Instant now, Outbox& out) {
    if (!finished_ && book_.all_done()) finish(now, out);
  }
  void finish(Instant now, Outbox& out);
  JobEnd end() const { return job_.set_aside_samples > 0 ? JobEnd::incomplete : JobEnd::complete; }
  void send(WorkerIndex worker, const LeaseMode::ToWorker& message, Outbox& out);

  bool owes_a_word(WorkerIndex worker) const;
  Duration patience(WorkerIndex worker) const;
  void expect_word(WorkerIndex worker, Instant now);
  void tell_policy();
  Rank rank_of(WorkerIndex worker) const { return options_.rank_of(worker); }

  const Dataset& dataset_;
  CoordinatorOptions options_;
  Cluster cluster_;
  LeaseBook book_;  // updates the cluster's view of leases
  std::unique_ptr<Policy> policy_;
  Attendance attendance_;
  PerWorker<WorkerAccount> accounts_;
  JobRecord job_;
  double worked_cost_ = 0;  // with what had been learned
  FileCosts file_costs_;
  bool learns_file_costs_;
  PerWorker<std::int32_t> hosts_;  // of workers, by number
  LocalityTrial trial_;
  LearnedHomes learned_homes_;  // empty until it shows that there are any
  MakespanBound bound_;
  Deadlines deadlines_;
  HeldOff held_off_;
  LateSteps late_steps_;
  PendingCheckpoints checkpoints_;
  std::uint32_t last_trim_serial_ = 0;
  bool begun_;  // enough workers have come
  bool finished_ = false;
  bool only_failures_ = false;
  bool takes_checkpoints_ = true;
  bool is_stopping_ = false;
};

}  // namespace evenkeel

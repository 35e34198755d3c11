// Step mode: plans how each global batch is divided, so that all workers reach the all-reduce
// together, and knows which steps are done and where the time went.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "balance/step_divider.h"
#include "coordinator/attendance.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/deadlines.h"
#include "coordinator/job_coordinator.h"
#include "coordinator/outputs.h"
#include "coordinator/recent_times.h"
#include "coordinator/records.h"
#include "coordinator/speed_events.h"
#include "coordinator/speed_spread.h"
#include "coordinator/step_tally.h"
#include "core/batch_line.h"

namespace evenkeel {

class StepCoordinator final : public JobCoordinator {
 public:
  using JobMode = StepMode;
  using Outbox = CoordinatorOutbox<StepMode>;

  // `options.step` is given. The dataset must outlive the coordinator.
  StepCoordinator(const Dataset& dataset, const CoordinatorOptions& options);

  // Applies one message. Throws ProtocolError that names the rank for what cannot be.
  void receive(Rank from, const StepMode::ToCoordinator& message, Instant now, Outbox& out);

  // Lets time pass. All workers wait for each other, so that one that is silent for too long
  // silences all: it is lost, and the job deserted.
  void wake(Instant now, Outbox& out);
  std::optional<Instant> next_wake() const override;

  bool finished() const override { return tally_.done() == line_.steps; }
  bool released() const override { return finished() && attendance_.here() == 0; }
  bool is_closing(Rank worker) const override {
    return attendance_.of(index_of(worker, options_.first_worker)) == WorkerLife::closing;
  }
  bool deserted() const override { return stalled_; }

  bool given_up() const override { return !finished() && attendance_.left() > 0; }
  bool only_failures() const override { return false; }  // a failed step ends the job

  const CoordinatorOptions& options() const override { return options_; }
  JobRecord job() const override;
  WorkerRecord worker(Rank rank) const override;
  std::optional<StepRecord> steps() const override;
  Pass pass() const override;
  std::vector<Span> open_spans() const override { return {}; }

 private:
  void on(WorkerIndex worker, const StepReport& report, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Farewell& farewell, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Close& close, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Pause& pause, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Leave& leave, Instant now, Outbox& out);
  void on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now, Outbox& out);
  void end_pause(WorkerIndex worker);
  void take_step(WorkerIndex worker, const StepTimes& times, Instant end, Instant now, Outbox& out);
  void observe(WorkerIndex worker, const StepTimes& times, Instant now, Outbox& out);
  void look_at_speed(WorkerIndex worker, double rate, const std::optional<SpeedChange>& believed,
                     Instant now, Outbox& out);
  void tell_of_tiles(WorkerIndex worker, Instant now, Outbox& out);
  void finish_step(Outbox& out);
  void tell_of_the_untold(Outbox& out) const;
  bool none_told() const { return job_.steps > 0 && job_.steps == tally_.untold(); }
  void tell(const std::vector<Event>& events, Outbox& out) const;
  std::vector<Interval> part_of(WorkerIndex worker, std::int64_t step) const;
  void look_at_silence(Instant now, Outbox& out);
  Duration patience_with_askers() const;
  void plan(Outbox& out);
  void send_members(WorkerIndex worker, const StepDivision& division, Outbox& out);
  void send(WorkerIndex worker, const StepMode::ToWorker& message, Outbox& out);
  std::int64_t plan_steps() const;
  StepPlanner& planner() { return divider_.planner(); }
  const StepPlanner& planner() const { return divider_.planner(); }
  void expect_word(Instant now);
  void lose_the_silent(Outbox& out);
  Rank rank_of(WorkerIndex worker) const { return options_.rank_of(worker); }

  CoordinatorOptions options_;
  BatchLine line_;
  StepDivider divider_;
  StepTally tally_;
  Attendance attendance_;
  Deadlines deadlines_;
  PerWorker<WorkerRecord> records_;  // without their states, which are the attendance
  JobRecord job_;
  PerWorker<double> reduce_s_;  // in the all-reduce, waiting for others included
  SpeedEvents speed_events_;
  PerWorker<SpeedSpread> spreads_;
  PerWorker<std::int64_t> tiles_;  // samples, as told; 0: none
  RecentTimes recent_steps_;
  RecentTimes ideal_steps_;  // the same, had their cost been divided in proportion to speed
  RecentTimes equal_steps_;  // those that were divided equally, to be measured
  std::deque<StepDivision> divisions_;  // of steps that somebody has not reported yet
  std::int64_t planned_until_;
  std::uint32_t plans_ = 0;
  bool stalled_ = false;
  std::int32_t askers_ = 0;         // workers that have asked for the next plan
  std::int32_t lead_steps_ = 1;     // the most that one of them has told
  std::optional<Instant> plan_at_;  // even if not all of them have asked by then
  double step_s_ = 0;               // moving average of a step, all-reduce included
  double comm_s_ = 0;               // of the all-reduce
  Duration longest_step_{};
  PerWorker<bool> pausing_;
  std::int32_t pausing_workers_ = 0;
  std::optional<std::pair<CheckpointTag, std::int64_t>> last_checkpoint_;  // and its step
  Duration pause_{};  // the longest foreseen since a worker has been pausing
};

}  // namespace evenkeel

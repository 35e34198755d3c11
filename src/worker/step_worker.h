// The worker's side of step mode: takes steps as the plans divide them, reports where the time
// went, and requests plans in time.
//
// Pure: no clock, no I/O. The host delivers the coordinator's messages only when its trainer calls,
// and sends the outbox to the coordinator in order.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/batch_line.h"
#include "protocol/messages.h"

namespace evenkeel {

struct StepWorkerOptions {
  BatchLine line;
  Duration report_interval = std::chrono::milliseconds(100);
};

// The part of a global batch that one worker takes.
struct PlannedStep {
  std::int64_t number = 0;  // through the whole job, from 0
  Pass pass;
  Interval batch;             // the global batch
  std::vector<Interval> own;  // this worker's part of it; may be empty

  std::int64_t samples() const;
};

class StepWorker {
 public:
  using JobMode = StepMode;
  using Outbox = WorkerOutbox<StepMode>;

  explicit StepWorker(const StepWorkerOptions& options)
      : options_(options),
        planned_until_(options.line.first_step),
        next_step_(options.line.first_step),
        done_steps_(options.line.first_step) {}

  void receive(const StepMode::ToWorker& message);

  // Takes the next step. None: there is no plan for it yet; deliver messages and call again, or
  // stop if finished(). Steps may be taken before earlier ones are done.
  std::optional<PlannedStep> next(Instant now, Outbox& out);

  // As next(), but does not end a pause: it lasts until resume() or another call.
  std::optional<PlannedStep> take(Instant now, Outbox& out);

  // In order of the steps taken: loading has ended (optional); local work has ended, and the
  // all-reduce follows; the all-reduce has ended, with the part's true cost. `local` overrides the
  // measured local work. Without reached() and `local`, waiting cannot be told from work.
  void loaded(Instant now);
  void reached(Instant now);
  void done(double cost, std::optional<Duration> local, Instant now, Outbox& out);

  // Before done(), if the part is empty: local work is a stand-in of so many samples; 0: none.
  void stand_in(std::int32_t samples) { stand_in_ = samples; }

  // Until the next call, time is neither work nor waiting: evaluation, saving.
  void pause(Duration expected, Instant now, Outbox& out);
  void resume(Instant now) { end_pause(now); }

  // A sign of life during a long step. Sent no more often than other reports.
  void show_life(Instant now, Outbox& out);

  // The trainer has saved its model with all steps done so far. False: has_closed(), and there will
  // be no answer. Otherwise the answer comes with a message, and the trainer pauses until then.
  bool call_checkpoint(const CheckpointTag& tag, Instant now, Outbox& out);

  // The answer to the last checkpoint(), once.
  std::optional<CheckpointState> take_checkpoint_answer() {
    return std::exchange(checkpoint_answer_, std::nullopt);
  }

  // Once all_done(): the trainer calls for no more checkpoints. Nothing more is sent.
  void close(bool has_failed, Outbox& out);

  // The trainer has ended. If steps are left, it leaves the job, which then cannot go on.
  void leave(Instant now, Outbox& out);

  bool has_step() const { return !finished() && next_step_ < planned_until_; }

  // When the current step's loading and local work began.
  Instant phase_begin() const { return begun_ + excluded_; }

  // There are no further steps: all have been taken, or the job is given up.
  bool finished() const { return given_up_ || all_taken(); }
  bool all_taken() const { return next_step_ == options_.line.steps; }
  bool given_up() const { return given_up_; }

  // Nothing more will be sent, and nothing is answered.
  bool has_closed() const { return closed_ || given_up_; }

  JobEnd end() const { return given_up_ ? JobEnd::given_up : JobEnd::complete; }

  std::int64_t steps_done() const { return done_steps_; }
  bool all_done() const { return done_steps_ == options_.line.steps; }

 private:
  void on(const Plan& plan);
  void on(const PlanMembers& members);
  void on(const Finish& finish);
  void on(const CheckpointAnswer& answer);
  void on(const Closed& /*closed*/) { closed_ = true; }
  void begin_phase(Instant now);
  Duration in_this_phase(Instant now) const;
  void end_pause(Instant now);
  void end_wait(Instant now);
  void learn_lead(Duration waited);
  std::vector<Interval> own_part(const Plan& plan, Interval batch);
  bool wants_plan() const;
  std::int32_t lead_steps() const;
  void report(Instant now, Outbox& out);
  void say_farewell(Outbox& out);

  StepWorkerOptions options_;
  std::deque<Plan> plans_;             // with steps left to take
  std::deque<std::uint32_t> members_;  // of these plans and of the next one
  std::int64_t planned_until_;
  std::int64_t next_step_;   // the next step to take
  std::int64_t done_steps_;  // the first that is not done

  // The phase of the current step: local work, from the end of the previous step, or the
  // all-reduce. Pauses and waits for plans are excluded from their phase.
  Instant begun_{};
  Duration excluded_{};
  std::optional<Duration> loading_;
  std::optional<Duration> worked_;  // once the all-reduce has been reached
  Duration paused_at_work_{};       // before that
  std::int32_t stand_in_ = 0;       // samples
  std::optional<Instant> waiting_since_;
  std::optional<Instant> paused_since_;

  StepReport unsent_;
  std::array<Instant, StepReport::most_steps> ends_{};  // of the unsent steps
  std::optional<Instant> last_report_;
  std::optional<CheckpointState> checkpoint_answer_;
  bool given_up_ = false;
  bool has_said_farewell_ = false;
  bool closed_ = false;
  bool asked_ = false;
  std::int64_t asked_at_step_ = 0;
  double lead_steps_ = 1;  // from a request to its plan, a decaying maximum
  double step_s_ = 0;      // moving average of a step, all-reduce included
};

}  // namespace evenkeel

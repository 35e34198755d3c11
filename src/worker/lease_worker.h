// The worker's side of lease mode: holds leases, hands out steps, reports, and requests leases in
// time.
//
// Pure: no clock, no I/O. The host delivers the coordinator's messages only between steps, when
// its trainer calls, and sends the outbox to the coordinator in order.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "protocol/messages.h"

namespace evenkeel {

struct LeaseWorkerOptions {
  std::int64_t step_samples = 32;
  std::int32_t warmup_steps = 1;  // reported one by one; the coordinator ignores their speeds
  Duration report_interval = std::chrono::milliseconds(100);
};

// One step: a mini-batch of one lease. Ends on the grid of step_samples, or at the epoch's end.
struct LeasedStep {
  LeaseId lease;
  Pass pass;
  Interval interval;
  Instant taken_at;
  bool is_retry = false;  // some worker has failed it, or is suspected of it
};

class LeaseWorker {
 public:
  using JobMode = LeaseMode;
  using Outbox = WorkerOutbox<LeaseMode>;

  explicit LeaseWorker(const LeaseWorkerOptions& options);

  // Applies one message. Late and repeated messages are not errors.
  void receive(const LeaseMode::ToWorker& message, Instant now, Outbox& out);

  // Takes the next step of the leases held, and requests another lease when they are about to run
  // out. None: nothing is held; deliver messages and call again, or stop if finished().
  std::optional<LeasedStep> next(Instant now, Outbox& out);

  // As next(), but does not end a pause: it lasts until resume() or done().
  std::optional<LeasedStep> take(Instant now, Outbox& out);

  // The trainer has finished a step: `cost` is its true cost, `busy` its local work. If `busy` is
  // left out, it is the time since the step was taken or the previous one was done, whichever is
  // later. Steps are done in the order in which they were taken.
  void done(const LeasedStep& step, double cost, std::optional<Duration> busy, Instant now,
            Outbox& out);

  // The trainer cannot do a step; others will try it. In the same order as done(). Does not affect
  // steps taken ahead.
  void failed(const LeasedStep& step, Instant now, Outbox& out);

  // Until the next call of next() or done(), time is neither work nor waiting.
  void pause(Duration expected, Instant now, Outbox& out);
  void resume(Instant now) { end_pause(now); }

  // Reports what has waited for longer than a report's interval.
  void report_what_waits(Instant now, Outbox& out);

  // A sign of life during a long step. Sent no more often than other reports.
  void show_life(Instant now, Outbox& out);

  // The trainer has saved its model with all steps done so far. False: has_closed(), and there will
  // be no answer. Otherwise the answer comes with a message, and the trainer pauses until then.
  bool call_checkpoint(const CheckpointTag& tag, Instant now, Outbox& out);

  // The answer to the last checkpoint(), once.
  std::optional<CheckpointState> take_checkpoint_answer() {
    return std::exchange(checkpoint_answer_, std::nullopt);
  }

  // Once finished(): the trainer calls for no more checkpoints. Nothing more is sent.
  void close(bool has_failed, Outbox& out);

  // The trainer has ended early: nothing more is sent. If it comes back, it takes steps again after
  // come_back(), unless the job has finished meanwhile; else there are no further steps.
  void leave(const Leave& leave, Instant now, Outbox& out);
  void come_back();

  bool has_step() const { return !finished_ && !held_.empty() && !works_alone(); }

  // There are no further steps: Finish has been received, or the trainer has ended.
  bool finished() const { return finished_; }

  // Nothing more will be sent, and nothing is answered.
  bool has_closed() const { return closed_; }

  // How the job has ended, once finished(). For a worker that left early: given up.
  JobEnd end() const { return end_; }
  bool given_up() const { return finished_ && end_ == JobEnd::given_up; }

 private:
  struct HeldLease {
    LeaseId id;
    Pass pass;
    Position taken;  // the next step begins here
    Position end;
    bool alone = false;  // as in its grant
  };

  void on(const Grant& grant, Instant now, Outbox& out);
  void on(const Trim& trim, Instant now, Outbox& out);
  void on(const Fence& fence, Instant now, Outbox& out);
  void on(const Finish& finish, Instant now, Outbox& out);
  void on(const CheckpointAnswer& answer, Instant now, Outbox& out);
  void on(const Closed& closed, Instant now, Outbox& out);

  void give_back(std::int64_t samples);
  bool holds(LeaseId lease) const;
  bool works_alone() const;
  bool is_report_due(Instant now) const;
  bool ran_dry(const LeasedStep& last) const;
  bool runs_out_soon() const;
  Duration lead() const;
  Duration stop_waiting(Instant now);
  void end_pause(Instant now);
  void ask(Instant now, Outbox& out);
  Duration note_request(Instant now);
  void report(Instant now, Outbox& out);

  LeaseWorkerOptions options_;
  std::deque<HeldLease> held_;  // in the order granted, without those wholly taken
  LeaseId begun_;               // the lease of the step last taken, and the end of that step
  Position begun_taken_;
  LeaseId last_seen_;
  bool finished_ = false;
  bool closed_ = false;
  JobEnd end_ = JobEnd::given_up;
  bool is_away_ = false;  // its trainer has ended

  Report unsent_;  // progress on one lease since the last report
  std::int64_t steps_done_ = 0;
  std::optional<Instant> last_report_;
  double step_s_ = 0;  // moving average from taking a step to done; 0: none done yet

  bool asked_ = false;  // a request is in progress
  Instant asked_at_{};
  Duration round_trip_{};  // from a request to its grant, a decaying maximum
  std::optional<Instant> waiting_since_;
  std::int64_t in_work_ = 0;  // steps taken and not done
  bool alone_in_work_ = false;
  Instant last_done_ = Instant::min();
  std::optional<Instant> paused_since_;
  Duration paused_{};  // in the step in work
  Farewell waits_;
  std::optional<CheckpointTag> called_;  // the last checkpoint
  std::optional<CheckpointState> checkpoint_answer_;
};

}  // namespace evenkeel

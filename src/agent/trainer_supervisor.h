// An agent's decisions about its trainer: which step it gets, how it is answered, when its worker
// leaves the job, and which signal ends a trainer that does not end by itself.
#pragma once

#include <signal.h>

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "agent/trainer_message.h"
#include "agent/trainer_process.h"
#include "session/failure_lines.h"

namespace evenkeel {

// What the agent has to do, for the trainer and for standard error,
struct SendLine {
  std::string line;
};
struct SendSignal {
  int number = 0;
};
struct Say {
  std::string text;
};
// and for the worker's host, which gets most of the trainer's messages unchanged.
struct CompleteStep {
  HostedStep step;
  MeasuredStep measured;
};
struct FailStep {
  HostedStep step;
};
struct EndPause {};
struct LeaveJob {
  Leave leave;
};

using SupervisorOutput =
    std::variant<SendLine, SendSignal, Say, StepLoaded, StepReached, StepProgress, TrainerPause,
                 CheckpointRequest, CompleteStep, FailStep, EndPause, LeaveJob>;

// Of a worker's trainer that has ended early, or is to try a step again that it has failed: such a
// step gets a fresh trainer. In lease mode.
struct Restarts {
  // Fresh trainers in a row that have not done the step for which they were started, before one
  // has to fail more steps in a row to get a successor: 2, then 4, 8 and so on.
  static constexpr std::int32_t most_in_vain = 4;

  using FailedStep = std::pair<Pass, Position>;  // and where it begins

  std::int32_t most = 0;         // in a row, without a step done in between; 0: none at all
  std::int32_t in_a_row = 0;     // so far, without fresh trainers
  std::int32_t incarnation = 0;  // of the trainer: how many have been before it
  std::int32_t in_vain = 0;      // fresh trainers in a row, up to this one
  std::optional<FailedStep> started_for{};  // of a fresh trainer
  bool follows_a_broken_one = false;        // which had failed several steps in a row
  bool has_come = false;                    // the worker: it has asked for a step before

  // How long after the end of the one before.
  Duration delay() const {
    constexpr int doublings = 6;
    if (started_for || follows_a_broken_one) return Duration::zero();
    return std::chrono::seconds(1 << std::clamp(in_a_row - 1, 0, doublings));
  }

  // How many steps in a row a trainer has to have failed when one of them gets a fresh trainer.
  std::int64_t failures_before_successor() const {
    constexpr int doublings = 40;
    if (in_vain < most_in_vain) return 0;
    return std::int64_t{2} << std::min(in_vain - most_in_vain, doublings);
  }
};

// Pure: no clock, no I/O. The agent reports each event, and carries out all orders before it
// reports the next. A trainer passes these states from left to right, and may skip some:
//
//   Working ─▶ Finishing ─▶ Doomed ─▶ Ended ─▶ Gone
class TrainerSupervisor {
 public:
  // A trainer that closes its descriptor may be about to end, which can take PyTorch seconds.
  static constexpr Duration before_end_is_told = std::chrono::milliseconds(1500);

  // After its job was given up, a trainer may be stuck in an all-reduce: time until SIGTERM, and
  // then until SIGKILL. One in lease mode that wants no more steps, or gets no more as a fresh one
  // takes its place, may be evaluating or saving.
  static constexpr Duration before_sigterm = std::chrono::seconds(5);
  static constexpr Duration before_sigkill = std::chrono::seconds(5);
  static constexpr Duration before_closed_ends = std::chrono::seconds(60);

  // Time at the end of a job for a sign of life from a trainer that is stopped, that has not come,
  // or whose remaining work others have done. Where steps may be done twice, signs of life do not
  // help the latter.
  static constexpr Duration before_last_word = std::chrono::seconds(5);

  // In lease mode, a trainer that never says done may wait for a step for ever: a hint comes then.
  static constexpr Duration before_hint = std::chrono::seconds(60);

  // The dataset must outlive this. `program`: the trainer's.
  TrainerSupervisor(const JobTerms& terms, const Dataset& dataset, std::string program,
                    const Restarts& restarts = {});

  std::optional<SupervisorOutput> next_output();

  // A line of the trainer. Ignored if !hears(). Lines that arrive while the trainer awaits an
  // answer are handled after the answer, or when the trainer has ended.
  void hear(std::string_view line, Instant now);
  bool hears() const;
  bool awaits_answer() const { return checkpoint_.has_value(); }

  // The trainer violates the protocol: "sends a line of more than …".
  void refuse(std::string_view fault, Instant now);

  // The trainer's stream has ended; `left_unread`: it has not read all that it was sent. May be
  // called repeatedly.
  void end_stream(bool left_unread, Instant now);

  // An event in the trainer's life. By the time it ends, all its lines have been handled.
  void receive(const TrainerEvent& event, Instant now);
  bool is_gone() const { return is<Gone>(); }

  // It, or a fresh one, is to be started again, unless the job is over. Known once it is gone.
  const std::optional<Restarts>& restart() const { return restart_; }

  // It sends nothing more. If it has only closed its descriptor, it may be about to tell by its
  // status that it has failed.
  bool has_closed(Instant now) const {
    return !hears() || (closed_at_ && now - *closed_at_ >= before_end_is_told);
  }

  // In a job that does not wait for it: it has not read what the job is, and gets no step yet.
  bool is_loading() const { return is_loading_; }
  void come() { is_loading_ = false; }

  // The host takes part in the job without a trainer.
  bool is_away() const { return is_away_; }

  // It has failed after its last step, and no other can make up for that.
  bool failed_at_the_end() const { return failed_at_the_end_; }

  // This rank received a signal, which is for the trainer too.
  void pass_on(int signal);

  // Whether to ask the host for a step; `is_there`: it has one. Then the host's answer, or that the
  // host has none for now. One that the trainer has failed before is not given to it, if there may
  // be a fresh trainer: it leaves, and the step is given back.
  bool wants_step(bool is_there) const;
  void give(std::optional<HostedStep> step, Instant now);
  void end_asking();

  // The host's answer to the checkpoint that was ordered.
  void answer_checkpoint(CheckpointState state);

  // The host has no further step. May be called repeatedly.
  void end_job(JobEnd end, Instant now);

  // Call several times per second.
  void wake(Instant now);

 private:
  struct Working {};    // takes part in the job
  struct Finishing {};  // has no further step, and may save its model
  struct Doomed {       // must end; gets this signal when its time is up
    Instant due;
    int signal = SIGTERM;
    bool hears = true;
  };
  struct Ended {};  // the processes that it has started are being ended
  struct Gone {};

  void on(const StepDone& done);
  template <typename State>
  bool is() const {
    return std::holds_alternative<State>(life_);
  }
  template <typename Mark>  // loaded, reached or progress
  void on(const Mark& mark) {
    first_in_work(mark.step, Mark::verb);
    put(mark);
  }
  void on(const StepFailed& failed);
  bool needs_fresh_trainer(const HostedStep& step) const;
  bool is_evidence(const HostedStep& step) const;
  bool may_be_broken() const;
  void replace(const HostedStep& step, Instant now);
  void on(const TrainerPause& pause);
  void on(const ReadAhead& read_ahead) {
    read_ahead_ = read_ahead.steps;
    reads_ahead_ = true;
  }
  void on(const CheckpointRequest& request);
  HostedStep& first_in_work(std::int64_t step, const char* what);
  void end(const TrainerEvent& event);
  void end_early(const TrainerEvent& event);
  bool is_at_work() const;
  std::int32_t blame_the_step(const TrainerEvent& event);
  bool is_told_to_end() const { return passed_on_.test(SIGTERM) || passed_on_.test(SIGINT); }
  bool is_told_to_end(const TrainerEvent& event) const;
  bool is_restartable(const TrainerEvent& event) const;
  std::string what_follows() const;
  std::string end_text(const TrainerEvent& event) const;
  std::string done_of_none_text() const;
  void leave(const std::string& reason, const Leave& leave = {});
  void blame(const std::string& text);
  void doom(Instant due);
  void end_trainer(int signal, Instant now);
  bool is_outrun(Instant now) const;
  bool never_comes(Instant now) const;
  void fail_at_the_end(const std::string& text);
  std::string end_of_job_text() const;
  void put(SupervisorOutput output) { out_.push_back(std::move(output)); }
  bool says_done_of_none() const { return steps_given_ > 0 && steps_ended_ == 0; }

  const Dataset& dataset_;
  std::string program_;
  bool in_steps_;
  bool is_idempotent_;
  std::int64_t first_step_;  // the number of the trainer's first step
  std::variant<Working, Finishing, Doomed, Ended, Gone> life_;
  std::deque<SupervisorOutput> out_;

  std::deque<HostedStep> in_work_;  // given to the trainer, neither done nor failed
  std::int64_t steps_given_ = 0;
  std::int64_t steps_done_ = 0;
  std::int64_t steps_ended_ = 0;                 // done or failed
  std::set<Restarts::FailedStep> failed_steps_;  // of those that it has failed
  std::int64_t failed_in_a_row_ = 0;
  std::int64_t read_ahead_ = 1;
  bool reads_ahead_ = false;  // as it says; else it begins a step once the one before is done
  std::optional<CheckpointTag> checkpoint_;  // not answered
  Duration pause_{};                         // announced by the trainer, and not over
  bool asked_in_pause_ = false;              // for a step, without getting one
  Instant last_word_;
  bool has_spoken_ = false;
  bool has_hinted_ = false;
  bool is_stopped_ = false;
  bool is_guard_dead_ = false;
  bool failed_at_the_end_ = false;
  bool is_away_ = false;
  std::optional<Instant> closed_at_;  // its descriptor
  bool left_unread_ = false;
  bool is_given_up_ = false;  // a trainer that would be started again, had others not died
  bool is_over_ = false;      // the job
  Instant over_since_{};
  bool is_loading_;  // see above
  bool is_absent_;   // no trainer of this worker has asked for a step
  Restarts restarts_;
  std::optional<Restarts> restart_;
  std::bitset<NSIG> passed_on_;  // signals
  FailureLines failure_lines_;
};

}  // namespace evenkeel

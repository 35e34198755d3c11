// What an agent decides about its trainer: which step it gets, what it is answered, when its worker
// leaves the job, and which signal ends a trainer that does not end by itself.
#pragma once

#include <signal.h>

#include <bitset>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/trainer_message.h"
#include "agent/trainer_process.h"
#include "session/failure_lines.h"

namespace evenkeel {

// What the agent has to do: for the trainer, and for whoever reads standard error,
struct SendLine {
  std::string line;
};
struct SendSignal {
  int number = 0;
};
struct Say {
  std::string text;
};
// and for the worker's host, which hears most of what the trainer says as it is.
struct CompleteStep {
  HostedStep step;
  MeasuredStep measured;
};
struct FailStep {
  HostedStep step;
};
struct EndPause {};
struct LeaveJob {};

using SupervisorOutput =
    std::variant<SendLine, SendSignal, Say, StepLoaded, StepReached, StepProgress, TrainerPause,
                 CheckpointRequest, CompleteStep, FailStep, EndPause, LeaveJob>;

// Pure: no clock, no I/O. The agent tells what happens, and does all that is put out before it
// tells what happens next. A trainer's life goes from left to right, and may leave states out:
//
//   Working ─▶ Finishing ─▶ Doomed ─▶ Ended ─▶ Gone
class TrainerSupervisor {
 public:
  // A trainer that closes its descriptor may just have ended, which is told a moment later.
  static constexpr Duration before_end_is_told = std::chrono::milliseconds(500);

  // A trainer whose job has been given up may be stuck in an all-reduce: it has so long to end
  // before SIGTERM, and then before SIGKILL. One in lease mode that wants no more steps may be
  // evaluating, or saving what it has.
  static constexpr Duration before_sigterm = std::chrono::seconds(5);
  static constexpr Duration before_sigkill = std::chrono::seconds(5);
  static constexpr Duration before_closed_ends = std::chrono::seconds(60);

  // At the end of a job, a trainer that is stopped, or has only work that others have done
  // meanwhile, has so long to say a word.
  static constexpr Duration before_last_word = std::chrono::seconds(5);

  // In lease mode, one that never says done may wait for a step for ever: a hint comes then.
  static constexpr Duration before_hint = std::chrono::seconds(60);

  // The dataset must outlive this. `program`: the trainer's.
  TrainerSupervisor(const JobTerms& terms, const Dataset& dataset, std::string program);

  // What is to be done next, if anything.
  std::optional<SupervisorOutput> next_output();

  // The trainer has written a line. None is of use if !hears(); what comes while it awaits an
  // answer came after it, and is heard then, or when the trainer has ended.
  void hear(std::string_view line, Instant now);
  bool hears() const;
  bool awaits_answer() const { return checkpoint_.has_value(); }

  // It does what no correct trainer does: "sends a line of more than …".
  void refuse(std::string_view fault, Instant now);

  // Its stream has ended. May be told time and again.
  void end_stream(Instant now);

  // What becomes of it. When it ends, all that it has said has been heard.
  void receive(const TrainerEvent& event, Instant now);
  bool is_gone() const { return is<Gone>(); }

  // It has failed after its last step, which no other can make good.
  bool failed_at_the_end() const { return failed_at_the_end_; }

  // This rank was sent a signal, which is for the trainer too.
  void pass_on(int signal);

  // Whether to ask the host for a step; `is_there`: it has one. Then, what the host gave; and that
  // it is asked no more for now.
  bool wants_step(bool is_there) const;
  void give(std::optional<HostedStep> step, Instant now);
  void end_asking();

  // The host's answer to the checkpoint that was put out.
  void answer_checkpoint(CheckpointState state);

  // The host has no further step. May be told time and again.
  void end_job(JobEnd end, Instant now);

  // To be told how late it is, a few times a second.
  void wake(Instant now);

 private:
  struct Working {  // takes part in the job
    std::optional<Instant> closed_at;
  };
  struct Finishing {};  // knows that there is no further step, and may save what it has
  struct Doomed {       // must end, and by then gets this signal
    Instant due;
    int signal = SIGTERM;
    bool hears = true;
  };
  struct Ended {};  // what it has started is being ended
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
  void on(const TrainerPause& pause);
  void on(const ReadAhead& read_ahead) { read_ahead_ = read_ahead.steps; }
  void on(const CheckpointRequest& request);
  HostedStep& first_in_work(std::int64_t step, const char* what);
  void end(const TrainerEvent& event);
  std::string end_text(const TrainerEvent& event) const;
  std::string done_of_none_text() const;
  void leave(const std::string& reason);
  void blame(const std::string& text);
  void doom(Instant due);
  void end_trainer(int signal, Instant now);
  void put(SupervisorOutput output) { out_.push_back(std::move(output)); }
  bool says_done_of_none() const { return steps_given_ > 0 && steps_ended_ == 0; }

  const Dataset& dataset_;
  std::string program_;
  bool in_steps_;
  std::int64_t first_step_;  // the number of the first that the trainer is given
  std::variant<Working, Finishing, Doomed, Ended, Gone> life_;
  std::deque<SupervisorOutput> out_;

  std::deque<HostedStep> in_work_;  // given to the trainer, and neither done nor failed
  std::int64_t steps_given_ = 0;
  std::int64_t steps_done_ = 0;
  std::int64_t steps_ended_ = 0;  // done or failed
  std::int64_t read_ahead_ = 1;
  std::optional<CheckpointTag> checkpoint_;  // not answered
  Duration pause_{};                         // that the trainer has foreseen, and not ended
  bool asked_in_pause_ = false;              // for a step, in vain
  Instant last_word_;
  bool has_spoken_ = false;
  bool has_hinted_ = false;
  bool is_stopped_ = false;
  bool failed_at_the_end_ = false;
  std::bitset<NSIG> passed_on_;  // signals
  FailureLines failure_lines_;
};

}  // namespace evenkeel

// The agent: a worker of the job whose steps another process does, in whatever language.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "agent/line_socket.h"
#include "agent/trainer_message.h"
#include "agent/trainer_process.h"
#include "session/failure_lines.h"
#include "session/worker_host.h"
#include "transport/idle_wait.h"

namespace evenkeel {

// Gives its trainer steps, passes on what the trainer says of them, and sees to it that the trainer
// ends with the job. A trainer that ends early or says what it may not leaves the job: others do
// its work in lease mode, and in step mode the job is given up. So it is there if a step fails,
// which in lease mode is just tried by others. Nothing in it waits.
class Agent {
 public:
  using Clock = std::chrono::steady_clock;

  // Host and dataset must outlive the agent. `name` is what messages on standard error begin with:
  // "rank 3". Throws std::system_error if no process can be started.
  Agent(WorkerHost& host, const Dataset& dataset, const JobTerms& terms, const TrainerPlace& place,
        const TrainerCommand& command, std::string name);

  // Takes what trainer, guard and coordinator have said, and carries out what follows.
  void turn();

  // How long there is nothing to do unless a descriptor gets ready.
  std::chrono::nanoseconds nap() const { return nap_; }

  // The trainer has ended, and there is nothing more to be said.
  bool over() const { return is_gone_ && host_.over(); }

  // The trainer has failed after its last step, which no other can make good.
  bool failed_at_the_end() const { return failed_at_the_end_; }

  // Passes a signal on.
  void signal(int number) { trainer_.signal(number); }

  // Descriptors to look at: readable when the trainer says something or something has become of it;
  // the first also writable, if writes_wait().
  int socket() const {
    return socket_.closed() || is_deaf_ || !checkpoints_.empty() ? -1 : socket_.get();
  }
  int events() const { return is_gone_ ? -1 : trainer_.events(); }
  bool writes_wait() const { return socket_.has_unsent(); }

 private:
  bool listen(int most_lines);
  bool take_lines(int most);
  void take_events();
  void give_steps();
  void answer_checkpoints();
  void call_for_checkpoint();
  void answer_checkpoint(CheckpointState state);
  void end_with_the_job();
  void look_at_the_late();
  void on(const StepDone& done);
  void on(const StepLoaded& loaded);
  void on(const StepReached& reached);
  void on(const StepProgress& progress);
  void on(const StepFailed& failed);
  void on(const TrainerPause& pause);
  void on(const ReadAhead& read_ahead);
  void on(const CheckpointRequest& request);
  void on_end(const TrainerEvent& event);
  void look_at_the_closed();
  const HostedStep& first_in_work(std::int64_t step, const char* what) const;
  bool work_is_left() const;
  void leave_for(const std::string& reason);
  void end_trainer(int signal);
  void say(const std::string& text) const;

  WorkerHost& host_;
  const Dataset& dataset_;
  std::int64_t first_step_;  // the number of the first that the trainer is given
  std::string name_;
  TrainerProcess trainer_;
  LineSocket socket_;
  IdleWait idle_{IdleWait::seldom};

  std::deque<HostedStep> in_work_;  // given to the trainer, and not done
  std::int64_t steps_given_ = 0;
  std::int64_t steps_done_ = 0;
  std::int64_t steps_failed_ = 0;
  FailureLines failure_lines_;
  std::int64_t read_ahead_ = 1;
  std::deque<CheckpointTag>
      checkpoints_;                   // called for, and not answered: the first is with the host
  std::chrono::nanoseconds pause_{};  // that the trainer has foreseen, and not ended
  std::chrono::nanoseconds nap_{};
  Clock::time_point last_word_ = Clock::now();
  std::optional<Clock::time_point> closed_at_;
  std::optional<Clock::time_point> must_end_at_;  // when it is told so by the next signal
  std::optional<TrainerEvent> end_;               // of the trainer
  int next_signal_ = 0;
  bool in_steps_;
  bool asked_in_pause_ = false;  // for a step, which was not there
  bool end_said_ = false;        // the trainer knows that there is no further step
  bool has_left_ = false;
  bool is_deaf_ = false;    // what the trainer says makes no sense
  bool hears_all_ = false;  // the trainer has ended
  bool stopped_ = false;
  bool is_gone_ = false;  // and with the trainer all that it has started
  bool failed_at_the_end_ = false;
};

}  // namespace evenkeel

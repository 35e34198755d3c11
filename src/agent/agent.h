// The agent: a worker of the job whose steps another process does, in whatever language.
#pragma once

#include <chrono>
#include <string>

#include "agent/line_socket.h"
#include "agent/trainer_process.h"
#include "agent/trainer_supervisor.h"
#include "session/job_rank.h"
#include "transport/idle_wait.h"

namespace evenkeel {

// Gives its trainer steps, passes on what the trainer says of them, and sees to it that the trainer
// ends with the job. A trainer that ends early or says what it may not leaves the job: others do
// its work in lease mode, and in step mode the job is given up. So it is there if a step fails,
// which in lease mode is just tried by others. Nothing in it waits, and nothing is decided in it:
// that is the supervisor's.
class Agent {
 public:
  using Clock = std::chrono::steady_clock;

  // The rank, which is a worker, must outlive the agent. `name` is what messages on standard error
  // begin with: "rank 3". Throws std::system_error if no process can be started.
  Agent(const JobRank& rank, const TrainerPlace& place, const TrainerCommand& command,
        std::string name);

  // Takes what trainer, guard and coordinator have said, and carries out what follows.
  void turn();

  // How long there is nothing to do unless a descriptor gets ready.
  std::chrono::nanoseconds nap() const { return nap_; }

  // The trainer has ended, and there is nothing more to be said.
  bool over() const { return supervisor_.is_gone() && host_.over(); }

  // The trainer has failed after its last step, which no other can make good.
  bool failed_at_the_end() const { return supervisor_.failed_at_the_end(); }

  // Passes a signal on.
  void signal(int number);

  // Descriptors to look at: readable when the trainer says something or something has become of it;
  // the first also writable, if writes_wait().
  int socket() const { return socket_.closed() || !listens() ? -1 : socket_.get(); }
  int events() const { return supervisor_.is_gone() ? -1 : trainer_.events(); }
  bool writes_wait() const { return socket_.has_unsent(); }

 private:
  // What the trainer says after it has asked came after the answer.
  bool listens() const { return supervisor_.hears() && !supervisor_.awaits_answer(); }
  bool listen();
  bool take_line();
  void follow_job();
  void carry_out();
  void on(const SendLine& line);
  void on(const SendSignal& signal) { trainer_.signal(signal.number); }
  void on(const Say& say) const;
  void on(const StepLoaded& loaded) { host_.loaded(loaded.step); }
  void on(const StepReached& reached) { host_.reached(reached.step); }
  void on(const StepProgress& /*progress*/) { host_.show_life(); }
  void on(const TrainerPause& pause) { host_.pause(pause.expected); }
  void on(const CheckpointRequest& request);
  void on(const CompleteStep& done) { host_.done(done.step, done.measured); }
  void on(const FailStep& failed) { host_.failed(failed.step); }
  void on(const EndPause& /*end*/) { host_.resume(); }
  void on(const LeaveJob& /*leave*/) { host_.leave(); }

  WorkerHost& host_;
  std::string name_;
  TrainerSupervisor supervisor_;
  TrainerProcess trainer_;
  LineSocket socket_;
  IdleWait idle_{IdleWait::seldom};
  std::chrono::nanoseconds nap_{};
};

}  // namespace evenkeel

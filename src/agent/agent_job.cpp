#include "agent/agent_job.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "agent/line_socket.h"
#include "agent/signal_relay.h"
#include "agent/trainer_place.h"
#include "agent/trainer_process.h"
#include "agent/trainer_supervisor.h"
#include "core/display_text.h"
#include "session/end_messages.h"
#include "session/job_rank.h"
#include "transport/idle_wait.h"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

// Lines taken from one trainer before others have their turn.
constexpr int most_lines_a_turn = 256;

constexpr std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(500);

// A trainer may take minutes to begin.
constexpr std::chrono::nanoseconds between_looks_at_trainer = std::chrono::milliseconds(20);

// Rank 0 ends a job when its grace is over, unless this rank alone was told to end.
constexpr std::chrono::seconds after_grace{1};

// In a job that is stuck, agents have this long to end their trainers; one that does not may hang
// itself.
constexpr std::chrono::seconds before_abort{12};

// What a trainer has to write, for messages; Python trainers may use the package instead.
constexpr std::string_view reached_remedy =
    R"(write {"reached":N} (in Python: call session.reached(step), or make a Replica))";

Instant now() { return Instant(Clock::now().time_since_epoch()); }

// One trainer of a worker, from its start to its end.
//
// Gives it steps, relays what it says of them, and ends it with the job. A trainer that ends early
// or violates the protocol leaves the job: in lease mode others do its work, in step mode the job
// is given up. Nothing here waits or decides; the supervisor decides.
class TrainerLife {
 public:
  // The rank, which is a worker, must outlive it. `name` prefixes messages on standard error:
  // "rank 3". Throws std::system_error if no process can be started.
  TrainerLife(const JobRank& rank, const TrainerPlace& place, const TrainerCommand& command,
              const Restarts& restarts, const std::string& name, double grace_s)
      : host_(*rank.worker()),
        name_(name),
        grace_s_(grace_s),
        in_steps_(rank.terms().mode() == Mode::step),
        supervisor_(rank.terms(), rank.dataset(), command.arguments.front(), restarts),
        trainer_(command),
        socket_(trainer_.take_socket()) {
    socket_.write(job_line(rank.terms(), rank.dataset(), place, restarts.incarnation));
  }

  // Handles everything that trainer, guard and coordinator have sent. Returns how long it has
  // nothing to do unless a descriptor gets ready.
  std::chrono::nanoseconds turn() {
    int lines = 0;
    while (lines < most_lines_a_turn && listens() && take_line()) ++lines;
    if (lines > 0) idle_.stir();
    socket_.flush();
    follow_job();
    host_.report_what_waits();
    while (const std::optional<TrainerEvent> event = trainer_.next_event()) take(*event);
    supervisor_.wake(now());
    carry_out();
    if (host_.over() || socket_.closed()) trainer_.wake_guard();
    if (lines > 0) return std::chrono::nanoseconds::zero();
    return supervisor_.is_loading() ? between_looks_at_trainer : idle_.next_nap();
  }

  bool is_gone() const { return supervisor_.is_gone(); }
  const std::optional<Restarts>& restart() const { return supervisor_.restart(); }

  // The trainer has failed after its last step, and no other can make up for that.
  bool failed_at_the_end() const { return supervisor_.failed_at_the_end(); }

  void signal(int number) {
    in_grace_ |= grace_s_ > 0 && (number == SIGTERM || number == SIGINT);
    supervisor_.pass_on(number);
    carry_out();
  }

  // Descriptors to poll: readable when the trainer or the guard has sent something; the first also
  // writable, if writes_wait().
  int socket() const { return socket_.closed() || !listens() ? -1 : socket_.get(); }
  int events() const { return supervisor_.is_gone() ? -1 : trainer_.events(); }
  bool writes_wait() const { return socket_.has_unsent(); }

 private:
  bool listens() const { return supervisor_.hears() && !supervisor_.awaits_answer(); }

  bool take_line() {
    std::optional<std::string> line;
    try {
      line = socket_.next_line();
      if (line) supervisor_.hear(*line, now());
    } catch (const TrainerFault& fault) {
      supervisor_.refuse(fault.what(), now());
    }
    if (socket_.closed()) supervisor_.end_stream(socket_.left_unread(), now());
    carry_out();
    return line.has_value();
  }

  void take(const TrainerEvent& event) {
    if (event.kind != TrainerEventKind::stopped && event.kind != TrainerEventKind::continued) {
      while (supervisor_.hears() && take_line()) {
        // everything that it sent has arrived
      }
      follow_job();
    }
    supervisor_.receive(event, now());
    carry_out();
  }

  // Handles the coordinator's messages and the host's steps and answers.
  void follow_job() {
    if (supervisor_.awaits_answer()) {
      if (const auto state = host_.take_checkpoint_answer()) supervisor_.answer_checkpoint(*state);
      carry_out();
    }
    if (supervisor_.is_loading() && !socket_.is_unread()) supervisor_.come();
    if (supervisor_.is_loading()) host_.has_step();  // the job may end
    bool has_asked = false;
    bool is_given = !supervisor_.is_loading();
    while (is_given && supervisor_.wants_step(host_.has_step())) {
      std::optional<HostedStep> step = host_.take();
      has_asked = true;
      is_given = step.has_value();
      if (is_given || !host_.over()) supervisor_.give(std::move(step), now());
      carry_out();
    }
    if (has_asked) supervisor_.end_asking();
    if (host_.over()) supervisor_.end_job(host_.end(), now());
    if (host_.over() && supervisor_.has_closed(now())) host_.close(supervisor_.failed_at_the_end());
    carry_out();
  }

  void carry_out() {
    while (const std::optional<SupervisorOutput> output = supervisor_.next_output()) {
      std::visit([this](const auto& o) { on(o); }, *output);
    }
  }

  void on(const SendLine& line) {
    socket_.write(line.line);
    idle_.stir();
  }
  void on(const SendSignal& signal) { trainer_.signal(signal.number); }
  void on(const Say& words) const { say(name_ + ": " + words.text); }
  void on(const StepLoaded& loaded) { host_.loaded(loaded.step); }
  void on(const StepReached& reached) { host_.reached(reached.step); }
  void on(const StepProgress& /*progress*/) { host_.show_life(); }
  void on(const TrainerPause& pause) { host_.pause(pause.expected); }
  void on(const CheckpointRequest& request) {
    has_saved_ = in_grace_;
    if (host_.call_checkpoint(request.tag)) return;
    if (host_.over() && !host_.given_up()) {
      say(fmt::format(
          "{}: checkpoint '{}' is not recorded: the job has ended without it, after 5 s "
          "without a word; announce what takes longer with a pause",
          name_, printable(request.tag.text())));
    }
    supervisor_.answer_checkpoint(CheckpointState::unrecorded);
  }
  void on(const CompleteStep& done) { host_.done(done.step, done.measured); }
  void on(const FailStep& failed) { host_.failed(failed.step); }
  void on(const EndPause& /*end*/) { host_.resume(); }
  // A trainer that has saved, and ended as it was told, is not lost: that would void its
  // checkpoint. In step mode the job would end before others have saved.
  void on(const LeaveJob& leave) {
    if (in_grace_ && (has_saved_ || in_steps_)) return host_.pause(from_seconds(grace_s_));
    host_.leave(leave.leave);
  }

  WorkerHost& host_;
  const std::string& name_;
  double grace_s_;
  bool in_steps_;
  bool in_grace_ = false;   // the job is told to end
  bool has_saved_ = false;  // since then
  TrainerSupervisor supervisor_;
  TrainerProcess trainer_;
  LineSocket socket_;
  IdleWait idle_{IdleWait::seldom};
};

// A worker whose steps a trainer does, in another process and any language. In lease mode, a
// trainer that ends early is started again.
class Agent {
 public:
  // As TrainerLife's; the place must outlive it, too.
  Agent(const JobRank& rank, const TrainerPlace& place, const TrainerCommand& command,
        std::int32_t restarts, double grace_s)
      : rank_(rank),
        place_(place),
        command_(command),
        name_("rank " + command.rank),
        grace_s_(grace_s),
        life_(std::make_unique<TrainerLife>(rank, place, command, Restarts{restarts}, name_,
                                            grace_s)) {}

  // Handles everything that trainer, guard and coordinator have sent. Returns how long it has
  // nothing to do unless a descriptor gets ready.
  std::chrono::nanoseconds turn() {
    const std::chrono::nanoseconds nap = life_->turn();
    if (!life_->is_gone() || rank_.worker()->over()) return nap;
    if (ends_at_) {  // it is not started again; in a grace the worker may wait for others
      if (life_->restart() || Clock::now() >= *ends_at_) rank_.worker()->leave({});
      return nap;
    }
    const Clock::time_point time = Clock::now();
    if (!restart_at_) restart_at_ = time + life_->restart().value().delay();
    if (time >= *restart_at_) start_again();
    return nap;
  }

  // The trainer has ended, and nothing more has to be sent.
  bool over() const { return life_->is_gone() && rank_.worker()->over(); }

  bool failed_at_the_end() const { return life_->failed_at_the_end(); }

  void signal(int number) {
    if (!ends_at_ && (number == SIGTERM || number == SIGINT)) {
      const auto grace = std::chrono::duration<double>(grace_s_) + after_grace;
      ends_at_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(grace);
    }
    life_->signal(number);
  }

  int socket() const { return life_->socket(); }
  int events() const { return life_->events(); }
  bool writes_wait() const { return life_->writes_wait(); }

 private:
  void start_again() {
    restart_at_.reset();
    const Restarts restarts = life_->restart().value();
    try {
      life_ = std::make_unique<TrainerLife>(rank_, place_, command_, restarts, name_, grace_s_);
      rank_.worker()->come_back();
    } catch (const std::system_error& error) {
      say(fmt::format("{}: cannot start the trainer again: {}; others do its work, if any are left",
                      name_, error.what()));
      rank_.worker()->leave({});
    }
  }

  const JobRank& rank_;
  const TrainerPlace& place_;
  TrainerCommand command_;
  std::string name_;
  double grace_s_;
  std::unique_ptr<TrainerLife> life_;
  std::optional<Clock::time_point> restart_at_;
  std::optional<Clock::time_point> ends_at_;  // told by a signal
};

// One rank of the job: an agent, the coordinator, or both.
class AgentRank {
 public:
  AgentRank(MpiProgram& mpi, const AgentJobOptions& options, SignalRelay& signals)
      : signals_(signals),
        place_(place_trainer(mpi.world(), options.first_worker)),
        rank_(JobComms::make(mpi.world(), options.session.host, true), options.session,
              options.first_worker, reached_remedy),
        coordinator_(rank_.coordinator()) {
    mpi.start_is_over();
    if (rank_.worker() == nullptr || rank_.came_after_the_end()) return;
    TrainerCommand command;
    command.arguments = options.command;
    command.environment = trainer_environment(environ, place_);
    command.rank = std::to_string(mpi.rank());
    command.guard = options.guard;
    widen_cpu_binding();
    agent_.emplace(rank_, place_, command, options.restarts, options.session.grace_s);
  }

  bool run() {
    bool is_complete = true;
    bool serves = coordinator_ != nullptr;
    while (serves || (agent_ && !agent_->over())) {
      if (serves) coordinator_->turn();
      rank_.answer();
      const bool was_stirred = serves && coordinator_->nap() == std::chrono::nanoseconds::zero();
      if (agent_ && (has_word_ || was_stirred || Clock::now() >= agent_due_)) {
        const std::chrono::nanoseconds nap = agent_->turn();
        agent_due_ = Clock::now() + nap;
      }
      if (serves &&
          (told_to_end_ != 0 ? coordinator_->has_to_end(told_to_end_) : coordinator_->over())) {
        const Outcome outcome = coordinator_->finish();
        is_complete = outcome.complete;
        rank_.tell_outcome(outcome);
        serves = false;
        continue;
      }
      std::chrono::nanoseconds nap = longest_nap;
      if (agent_) nap = std::min(nap, std::max(nap.zero(), agent_due_ - Clock::now()));
      if (serves) nap = std::min(nap, coordinator_->nap());
      wait(nap);
      pass_on_signals();
    }
    if (coordinator_) coordinator_->say_verdict();
    const bool went_well = is_complete && !(agent_ && agent_->failed_at_the_end());
    if (!went_well) rank_.fail();
    return went_well;
  }

  // Rank 0: the job was given up because all workers were silent.
  bool stalled() const { return coordinator_ && coordinator_->stalled(); }

 private:
  // Waits until a descriptor is ready, and at most that long.
  void wait(std::chrono::nanoseconds nap) {
    std::array<pollfd, 3> ready{{{signals_.get(), POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}}};
    if (agent_) {
      ready[1] = {agent_->socket(), POLLIN, 0};
      if (agent_->writes_wait()) ready[1].events |= POLLOUT;
      ready[2] = {agent_->events(), POLLIN, 0};
    }
    const timespec limit{0, nap.count()};
    has_word_ = ::ppoll(ready.data(), ready.size(), &limit, nullptr) > 0;
  }

  void pass_on_signals() {
    while (const std::optional<int> number = signals_.next()) {
      if (agent_) agent_->signal(*number);
      if (*number == SIGTERM || *number == SIGINT) told_to_end_ = *number;
    }
  }

  SignalRelay& signals_;
  TrainerPlace place_;  // found first: rank 0 has to serve while others begin
  JobRank rank_;
  CoordinatorHost* coordinator_;  // its own; null but on rank 0
  std::optional<Agent> agent_;
  Clock::time_point agent_due_;  // for its next turn, unless a descriptor is ready
  bool has_word_ = true;
  int told_to_end_ = 0;  // the signal, or 0
};

}  // namespace

bool run_agent_job(MpiProgram& mpi, const AgentJobOptions& options) {
  SignalRelay signals;
  AgentRank rank(mpi, options, signals);
  try {
    const bool went_well = rank.run();
    if (rank.stalled()) {
      std::this_thread::sleep_for(before_abort);
      mpi.abort(1);
    }
    return went_well;
  } catch (const UserError& error) {
    // Too late to refuse the job: the other ranks are at work, so end them.
    throw std::runtime_error(error.what());
  }
}

}  // namespace evenkeel

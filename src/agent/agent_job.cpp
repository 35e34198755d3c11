#include "agent/agent_job.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "agent/agent.h"
#include "agent/signal_relay.h"
#include "agent/trainer_environment.h"
#include "agent/trainer_place.h"
#include "session/job_rank.h"

namespace evenkeel {
namespace {

constexpr std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(500);

// In a job that stands still, the agents have so long to end their trainers. One that does not may
// stand still itself.
constexpr std::chrono::seconds before_abort{12};

// Trainers speak any language; those in Python may have the package that writes these lines.
constexpr std::string_view reached_remedy =
    R"(write {"reached":N} (in Python: call session.reached(step), or make a Replica))";

// One rank of the job: an agent, the coordinator, or both.
class AgentRank {
 public:
  AgentRank(const MpiProgram& mpi, const AgentJobOptions& options, SignalRelay& signals)
      : signals_(signals),
        rank_(mpi.world(), options.session, options.first_worker, reached_remedy),
        coordinator_(rank_.coordinator()) {
    const TrainerPlace place = place_trainer(mpi.world(), options.first_worker);
    if (rank_.worker() == nullptr) return;
    TrainerCommand command;
    command.arguments = options.command;
    command.environment = trainer_environment(own_environment(), place);
    command.rank = std::to_string(mpi.rank());
    command.guard = options.guard;
    widen_cpu_binding();
    agent_.emplace(rank_, place, command, "rank " + command.rank);
  }

  bool run() {
    bool is_complete = true;
    bool serves = coordinator_ != nullptr;
    while (serves || (agent_ && !agent_->over())) {
      if (serves) coordinator_->turn();
      const bool was_stirred = serves && coordinator_->nap() == std::chrono::nanoseconds::zero();
      if (agent_ && (has_word_ || was_stirred || Agent::Clock::now() >= agent_due_)) {
        agent_->turn();
        agent_due_ = Agent::Clock::now() + agent_->nap();
      }
      if (serves && (coordinator_->over() || told_to_end_ != 0)) {
        const Outcome outcome = told_to_end_ != 0 ? coordinator_->finish_after_signal(told_to_end_)
                                                  : coordinator_->finish();
        is_complete = outcome.complete;
        serves = false;
        continue;
      }
      std::chrono::nanoseconds nap = longest_nap;
      if (agent_) nap = std::min(nap, std::max(nap.zero(), agent_due_ - Agent::Clock::now()));
      if (serves) nap = std::min(nap, coordinator_->nap());
      wait(nap);
      pass_on_signals();
    }
    if (coordinator_) coordinator_->say_verdict();
    return is_complete && !(agent_ && agent_->failed_at_the_end());
  }

  // Rank 0: the job was given up because nobody spoke any more.
  bool stalled() const { return coordinator_ && coordinator_->stalled(); }

 private:
  // Until a descriptor says something, and at most that long.
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
  JobRank rank_;
  CoordinatorHost* coordinator_;  // its own; null but on rank 0
  std::optional<Agent> agent_;
  Agent::Clock::time_point agent_due_;  // for its next turn, unless there is something to hear
  bool has_word_ = true;
  int told_to_end_ = 0;  // by this signal
};

}  // namespace

bool run_agent_job(const MpiProgram& mpi, const AgentJobOptions& options) {
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
    // Too late to refuse the job: the other ranks are at work, and this has to end them.
    throw std::runtime_error(error.what());
  }
}

}  // namespace evenkeel

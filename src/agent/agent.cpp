#include "agent/agent.h"

#include <fmt/format.h>

#include <utility>

#include "session/end_messages.h"

namespace evenkeel {
namespace {

// So many lines are taken before others have their turn.
constexpr int most_lines_a_turn = 256;

Instant now() { return Instant(Agent::Clock::now().time_since_epoch()); }

}  // namespace

Agent::Agent(const JobRank& rank, const TrainerPlace& place, const TrainerCommand& command,
             std::string name)
    : host_(*rank.worker()),
      name_(std::move(name)),
      supervisor_(rank.terms(), rank.dataset(), command.arguments.front()),
      trainer_(command),
      socket_(trainer_.take_socket()) {
  socket_.write(job_line(rank.terms(), rank.dataset(), place));
}

void Agent::turn() {
  const bool heard = listen();
  socket_.flush();
  follow_job();
  while (const std::optional<TrainerEvent> event = trainer_.next_event()) {
    const bool has_ended =
        event->kind != TrainerEventKind::stopped && event->kind != TrainerEventKind::continued;
    if (has_ended) {
      while (supervisor_.hears() && take_line()) {
        // all that it has said has come
      }
      follow_job();
    }
    supervisor_.receive(*event, now());
    carry_out();
  }
  supervisor_.wake(now());
  carry_out();
  nap_ = heard ? nap_.zero() : idle_.next_nap();
}

void Agent::signal(int number) {
  supervisor_.pass_on(number);
  carry_out();
}

// Whether the trainer has said anything.
bool Agent::listen() {
  int lines = 0;
  while (lines < most_lines_a_turn && listens() && take_line()) ++lines;
  if (lines > 0) idle_.stir();
  return lines > 0;
}

bool Agent::take_line() {
  try {
    const std::optional<std::string_view> line = socket_.next_line();
    if (line) supervisor_.hear(*line, now());
    if (socket_.closed()) supervisor_.end_stream("closes its descriptor", now());
    carry_out();
    return line.has_value();
  } catch (const TrainerFault& fault) {
    if (socket_.closed()) {
      supervisor_.end_stream(fault.what(), now());
    } else {
      supervisor_.refuse(fault.what(), now());
    }
    carry_out();
    return true;
  }
}

// What the coordinator has said, and what the host has of it.
void Agent::follow_job() {
  while (supervisor_.awaits_answer()) {
    const std::optional<CheckpointState> state = host_.take_checkpoint_answer();
    if (!state) break;
    supervisor_.answer_checkpoint(*state);
    carry_out();
  }
  bool has_asked = false;
  bool is_given = true;
  while (is_given && supervisor_.wants_step(host_.has_step())) {
    std::optional<HostedStep> step = host_.take();
    has_asked = true;
    is_given = step.has_value();
    supervisor_.give(std::move(step), now());
    carry_out();
  }
  if (has_asked) supervisor_.end_asking();
  if (host_.over()) supervisor_.end_job(host_.end(), now());
  carry_out();
}

void Agent::carry_out() {
  while (const std::optional<SupervisorOutput> output = supervisor_.next_output()) {
    std::visit([this](const auto& o) { on(o); }, *output);
  }
}

void Agent::on(const SendLine& line) {
  socket_.write(line.line);
  idle_.stir();
}

void Agent::on(const Say& say) const { evenkeel::say(name_ + ": " + say.text); }

void Agent::on(const CheckpointRequest& request) {
  if (!host_.call_checkpoint(request.tag)) {
    supervisor_.answer_checkpoint(CheckpointState::unrecorded);
  }
}

}  // namespace evenkeel

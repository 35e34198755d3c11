#include "agent/agent.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include "core/display_text.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A trainer whose job has been given up may be stuck in an all-reduce: it has so long to end before
// SIGTERM, and then before SIGKILL.
constexpr std::chrono::nanoseconds before_sigterm = 5s;
constexpr std::chrono::nanoseconds before_sigkill = 5s;

// A trainer in lease mode that wants no more steps may be evaluating, or saving what it has.
constexpr std::chrono::nanoseconds before_closed_ends = 60s;

// At the end of a job, a trainer that is stopped, or has only work that others have done meanwhile,
// has so long to say a word.
constexpr std::chrono::nanoseconds before_last_word = 5s;

// So many lines are taken before others have their turn.
constexpr int most_lines_a_turn = 256;

// A trainer that closes its descriptor may just have ended, which is told a moment later.
constexpr std::chrono::nanoseconds before_end_is_told = 500ms;

std::string end_text(const TrainerEvent& event) {
  switch (event.kind) {
    case TrainerEventKind::exited:
      return fmt::format("ended with status {}", event.value);
    case TrainerEventKind::killed:
      return fmt::format("was killed by signal {} ({})", event.value, ::strsignal(event.value));
    default:
      return fmt::format("cannot be started: {}", std::strerror(event.value));
  }
}

}  // namespace

Agent::Agent(WorkerHost& host, const Dataset& dataset, const JobTerms& terms,
             const TrainerPlace& place, const TrainerCommand& command, std::string name)
    : host_(host),
      dataset_(dataset),
      first_step_(terms.line ? terms.line->first_step : 0),
      name_(std::move(name)),
      trainer_(command),
      socket_(trainer_.take_socket()),
      in_steps_(terms.line.has_value()) {
  socket_.write(job_line(terms, dataset, place));
}

void Agent::turn() {
  const bool heard = listen(most_lines_a_turn);
  socket_.flush();
  take_events();
  look_at_the_closed();
  answer_checkpoints();
  give_steps();
  end_with_the_job();
  look_at_the_late();
  nap_ = heard ? nap_.zero() : idle_.next_nap();
}

// ---- what the trainer says

// Whether it has said anything. One that says what it may not is not listened to any more.
bool Agent::listen(int most_lines) {
  if (is_deaf_) return false;
  try {
    return take_lines(most_lines);
  } catch (const TrainerFault& fault) {
    is_deaf_ = true;
    leave_for(fmt::format("the trainer {}", fault.what()));
    end_trainer(SIGTERM);
    return true;
  }
}

bool Agent::take_lines(int most) {
  bool heard = false;
  for (int count = 0; count < most; ++count) {
    // What it says after a call for a checkpoint came after it.
    if (!checkpoints_.empty() && !hears_all_) break;
    const std::optional<std::string_view> line = socket_.next_line();
    if (!line) break;
    heard = true;
    last_word_ = Clock::now();
    if (pause_ > pause_.zero()) host_.resume();
    pause_ = pause_.zero();
    asked_in_pause_ = false;
    const TrainerMessage message = parse_trainer_message(*line);
    // Whoever has left may still wait for an answer; what else it says is of no use any more.
    if (has_left_ && !std::holds_alternative<CheckpointRequest>(message)) continue;
    std::visit([this](const auto& m) { on(m); }, message);
  }
  if (heard) idle_.stir();
  if (socket_.closed() && !closed_at_) closed_at_ = Clock::now();
  return heard;
}

void Agent::on(const StepDone& done) {
  host_.done(first_in_work(done.step, "done"), done.measured);
  in_work_.pop_front();
  ++steps_done_;
}

void Agent::on(const StepLoaded& loaded) { host_.loaded(first_in_work(loaded.step, "loaded")); }

void Agent::on(const StepReached& reached) {
  host_.reached(first_in_work(reached.step, "reached"));
}

void Agent::on(const StepProgress& progress) {
  first_in_work(progress.step, "progress");
  host_.show_life();
}

void Agent::on(const StepFailed& failed) {
  const HostedStep& step = first_in_work(failed.step, "failed");
  const std::string text =
      fmt::format("the trainer fails step {} ({}): {}", failed.step,
                  samples_text(step.extents, dataset_), printable(failed.reason));
  if (in_steps_) return leave_for(text);
  if (const auto line = failure_lines_.next(text)) say(*line);
  host_.failed(step);
  in_work_.pop_front();
  ++steps_failed_;
}

void Agent::on(const TrainerPause& pause) {
  pause_ = pause.expected;
  host_.pause(pause.expected);
}

void Agent::on(const ReadAhead& read_ahead) { read_ahead_ = read_ahead.steps; }

void Agent::on(const CheckpointRequest& request) {
  checkpoints_.push_back(request.tag);
  if (checkpoints_.size() == 1) call_for_checkpoint();
}

// Whoever has left may still wait for an answer.
void Agent::call_for_checkpoint() {
  if (has_left_ || !host_.call_checkpoint(checkpoints_.front())) {
    answer_checkpoint(CheckpointState::unrecorded);
  }
}

void Agent::answer_checkpoint(CheckpointState state) {
  socket_.write(checkpoint_line(checkpoints_.front(), first_step_ + steps_done_, state));
  checkpoints_.pop_front();
  idle_.stir();
}

void Agent::answer_checkpoints() {
  while (!checkpoints_.empty()) {
    const auto state = has_left_ ? CheckpointState::unrecorded : host_.take_checkpoint_answer();
    if (!state) return;
    answer_checkpoint(*state);
    if (!checkpoints_.empty()) call_for_checkpoint();
  }
}

const HostedStep& Agent::first_in_work(std::int64_t step, const char* what) const {
  if (in_work_.empty()) {
    throw TrainerFault(
        fmt::format("says {{\"{}\":{}}}, but all steps that it was given are done", what, step));
  }
  if (in_work_.front().number != step) {
    throw TrainerFault(fmt::format(
        "says {{\"{}\":{}}}, but step {} comes first; steps are done in the order given", what,
        step, in_work_.front().number));
  }
  return in_work_.front();
}

void Agent::look_at_the_closed() {
  if (!closed_at_ || end_ || !work_is_left()) return;
  if (Clock::now() - *closed_at_ < before_end_is_told) return;
  leave_for(fmt::format("the trainer closes its descriptor before the job is over{}",
                        in_steps_ ? "" : ", and has 60 s to end"));
  if (in_steps_) end_trainer(SIGTERM);
}

// ---- what becomes of it

void Agent::take_events() {
  while (const std::optional<TrainerEvent> event = trainer_.next_event()) {
    if (event->kind == TrainerEventKind::continued) {
      stopped_ = false;
      last_word_ = Clock::now();
      say("the trainer goes on");
    } else if (event->kind == TrainerEventKind::stopped) {
      stopped_ = true;
      say(fmt::format("the trainer is stopped by signal {} ({})", event->value,
                      ::strsignal(event->value)));
    } else if (event->kind == TrainerEventKind::gone) {
      if (!end_) on_end({TrainerEventKind::killed, SIGKILL});  // with its guard
      is_gone_ = true;
    } else {
      on_end(*event);
    }
  }
}

void Agent::on_end(const TrainerEvent& event) {
  hears_all_ = true;
  listen(std::numeric_limits<int>::max());  // all that it has said has come
  const bool was_told_to = must_end_at_.has_value();
  const bool is_good = event.kind == TrainerEventKind::exited && event.value == 0;
  end_ = event;
  stopped_ = false;
  must_end_at_.reset();
  if (work_is_left()) {
    const bool knows_evenkeel =
        steps_done_ + steps_failed_ > 0 || event.kind != TrainerEventKind::exited;
    leave_for(fmt::format(
        "the trainer {} before the job is over, after {} step{}{}", end_text(event), steps_done_,
        steps_done_ == 1 ? "" : "s",
        knows_evenkeel ? "" : "; it has to take its steps from the descriptor in EVENKEEL_FD"));
  } else if (!has_left_ && !was_told_to && !is_good) {
    failed_at_the_end_ = true;
    say(fmt::format("the trainer {} after its last step", end_text(event)));
  }
}

// ---- what it is given

void Agent::give_steps() {
  if (has_left_ || end_ || end_said_) return;
  const bool pauses = pause_ > pause_.zero();
  bool has_asked = false;
  while (std::ssize(in_work_) <= read_ahead_ &&
         (host_.has_step() || (in_work_.empty() && !asked_in_pause_))) {
    std::optional<HostedStep> step = host_.take();
    has_asked = true;
    if (!step) {
      asked_in_pause_ = pauses;
      break;
    }
    if (in_work_.empty()) last_word_ = Clock::now();
    if (!in_steps_) step->number = steps_given_;
    ++steps_given_;
    socket_.write(step_line(*step, dataset_));
    in_work_.push_back(std::move(*step));
    idle_.stir();
  }
  if (pauses && has_asked) host_.pause(pause_);  // a request looks as if the pause were over
}

// Is anything still to be done or to be said by this worker?
bool Agent::work_is_left() const {
  if (has_left_ || host_.given_up()) return false;
  return !host_.over() || (in_steps_ && !in_work_.empty());
}

// ---- the end

void Agent::end_with_the_job() {
  host_.has_step();  // lets in what the coordinator has said
  // In step mode all steps may be taken, and the job given up in the last of them.
  const bool may_be_given_up = in_steps_ && !in_work_.empty() && !host_.given_up();
  if (end_said_ || !host_.over() || may_be_given_up) return;
  end_said_ = true;
  last_word_ = Clock::now();
  socket_.write(finish_line(host_.end()));
}

void Agent::look_at_the_late() {
  if (end_) return;
  const Clock::time_point now = Clock::now();
  if (host_.given_up() && !must_end_at_) {
    const bool may_save = closed_at_ && !in_steps_;  // it has turned to something else
    must_end_at_ = now + (may_save ? before_closed_ends : before_sigterm);
    next_signal_ = SIGTERM;
  }
  const bool is_late = stopped_ || (!in_steps_ && !in_work_.empty());
  if (host_.over() && is_late && !must_end_at_ &&
      now - last_word_ > std::max(before_last_word, pause_)) {
    say(stopped_ ? "the job is over, and the trainer is still stopped: it is killed"
                 : "the job is over, and the trainer has not been heard of: it is killed");
    end_trainer(SIGKILL);
  }
  if (must_end_at_ && now >= *must_end_at_) end_trainer(next_signal_);
}

// The worker leaves the job, and the trainer is told so.
void Agent::leave_for(const std::string& reason) {
  if (has_left_) return;
  has_left_ = true;
  say(reason + (in_steps_ ? "; the job is given up" : "; others do its work"));
  host_.leave();
  in_work_.clear();
}

void Agent::end_trainer(int signal) {
  if (end_) return;
  trainer_.signal(signal);
  if (signal == SIGTERM) trainer_.signal(SIGCONT);
  must_end_at_ = Clock::now() + before_sigkill;
  next_signal_ = SIGKILL;
}

void Agent::say(const std::string& text) const {
  fmt::print(stderr, "evenkeel: {}: {}\n", name_, text);
}

}  // namespace evenkeel

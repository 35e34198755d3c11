#include "agent/trainer_supervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/check.h"
#include "core/display_text.h"
#include "core/number_format.h"

namespace evenkeel {
namespace {

std::string signal_text(int number) {
  return fmt::format("signal {} ({})", number, ::strsignal(number));
}

Restarts::FailedStep key_of(const HostedStep& step) { return {step.pass, step.interval.begin}; }

}  // namespace

TrainerSupervisor::TrainerSupervisor(const JobTerms& terms, const Dataset& dataset,
                                     std::string program, const Restarts& restarts)
    : dataset_(dataset),
      program_(std::move(program)),
      in_steps_(terms.mode() == Mode::step),
      is_idempotent_(terms.idempotent),
      first_step_(terms.line ? terms.line->first_step : 0),
      is_loading_(terms.start_with > 0),
      is_absent_(is_loading_ && !restarts.has_come),
      restarts_(restarts) {}

std::optional<SupervisorOutput> TrainerSupervisor::next_output() {
  if (out_.empty()) return std::nullopt;
  SupervisorOutput output = std::move(out_.front());
  out_.pop_front();
  return output;
}

// ---- what the trainer says

bool TrainerSupervisor::hears() const {
  if (const auto* const doomed = std::get_if<Doomed>(&life_)) return doomed->hears;
  return !is<Ended>() && !is_gone();
}

void TrainerSupervisor::hear(std::string_view line, Instant now) {
  if (!hears()) return;
  const bool is_doomed = is<Doomed>();
  has_spoken_ = true;
  last_word_ = now;
  if (pause_ > pause_.zero() && !is_doomed) put(EndPause{});
  pause_ = pause_.zero();
  asked_in_pause_ = false;
  try {
    const TrainerMessage message = parse_trainer_message(line);
    // A trainer that must end may still wait for an answer; the rest of its lines is ignored.
    if (is_doomed && !std::holds_alternative<CheckpointRequest>(message)) return;
    std::visit([this](const auto& m) { on(m); }, message);
  } catch (const TrainerFault& fault) {
    refuse(fault.what(), now);
  }
}

void TrainerSupervisor::refuse(std::string_view fault, Instant now) {
  if (!hears()) return;
  if (is<Working>()) {
    leave(fmt::format("the trainer {}", fault), {0, false, is_at_work()});
  } else if (is<Finishing>()) {
    fail_at_the_end(fmt::format("the trainer {} {}", fault, end_of_job_text()));
  }
  checkpoint_.reset();
  end_trainer(SIGTERM, now);
  std::get<Doomed>(life_).hears = false;
}

void TrainerSupervisor::end_stream(bool left_unread, Instant now) {
  left_unread_ = left_unread;
  if (!closed_at_) closed_at_ = now;
}

void TrainerSupervisor::on(const StepDone& done) {
  HostedStep& step = first_in_work(done.step, "done");
  if (done.measured.stand_in > 0 && step.samples > 0) {
    throw TrainerFault(fmt::format(
        "says that a stand-in of {} took the place of step {}, which has {} here; an empty part "
        "may have one",
        counted(done.measured.stand_in, "sample"), step.number, counted(step.samples, "sample")));
  }
  if (restarts_.started_for == key_of(step) || restarts_.follows_a_broken_one) {
    restarts_.in_vain = 0;
  }
  failed_in_a_row_ = 0;
  put(CompleteStep{std::move(step), done.measured});
  in_work_.pop_front();
  ++steps_done_;
  ++steps_ended_;
}

void TrainerSupervisor::on(const StepFailed& failed) {
  HostedStep& step = first_in_work(failed.step, "failed");
  const std::string text =
      fmt::format("the trainer fails step {} ({}): {}", failed.step,
                  samples_text(step.extents, dataset_), printable(failed.reason));
  if (in_steps_) {
    leave(text);
    return doom(last_word_ + before_sigterm);
  }
  if (const auto line = failure_lines_.next(text)) put(Say{*line});
  if (restarts_.most > 0) failed_steps_.insert(key_of(step));
  ++failed_in_a_row_;
  put(FailStep{std::move(step)});
  in_work_.pop_front();
  ++steps_ended_;
}

void TrainerSupervisor::on(const TrainerPause& pause) {
  pause_ = pause.expected;
  put(pause);
}

void TrainerSupervisor::on(const CheckpointRequest& request) {
  if (checkpoint_) return;  // it has ended: nobody waits for the answer
  checkpoint_ = request.tag;
  put(request);
}

void TrainerSupervisor::answer_checkpoint(CheckpointState state) {
  put(SendLine{checkpoint_line(*checkpoint_, first_step_ + steps_done_, state)});
  checkpoint_.reset();
}

HostedStep& TrainerSupervisor::first_in_work(std::int64_t step, const char* what) {
  if (in_work_.empty()) {
    throw TrainerFault(
        fmt::format("says {{\"{}\":{}}}, but all steps that it was given are done", what, step));
  }
  if (in_work_.front().number != step) {
    throw TrainerFault(
        fmt::format("says {{\"{}\":{}}}, but step {} comes first and is not done; steps are done "
                    "in the order given",
                    what, step, in_work_.front().number));
  }
  return in_work_.front();
}

// ---- what becomes of it

void TrainerSupervisor::receive(const TrainerEvent& event, Instant now) {
  switch (event.kind) {
    case TrainerEventKind::stopped:
      is_stopped_ = true;
      return put(Say{"the trainer is stopped by " + signal_text(event.value)});
    case TrainerEventKind::continued:
      is_stopped_ = false;
      last_word_ = now;
      return put(Say{"the trainer goes on"});
    case TrainerEventKind::gone:
      is_guard_dead_ = true;
      end({TrainerEventKind::killed, SIGKILL});  // unless it had ended
      life_ = Gone{};
      return;
    default:
      return end(event);
  }
}

void TrainerSupervisor::end(const TrainerEvent& event) {
  const bool is_good = event.kind == TrainerEventKind::exited && event.value == 0;
  if (is<Working>() || (is<Doomed>() && is_away_)) {
    end_early(event);
  } else if (is<Finishing>() && !is_good) {
    fail_at_the_end(end_text(event));
  }
  checkpoint_.reset();
  life_ = Ended{};
}

void TrainerSupervisor::end_early(const TrainerEvent& event) {
  if (restart_) {  // in a fresh trainer, however this one ends
    if (!is_over_ && !is_told_to_end(event)) return;
    restart_.reset();
    is_away_ = false;
    return put(LeaveJob{});
  }
  const int in_a_row = steps_done_ > 0 ? 0 : restarts_.in_a_row;
  const bool is_restartable = this->is_restartable(event);
  const bool may = is_restartable && in_a_row < restarts_.most;
  is_given_up_ = is_restartable && !may && restarts_.most > 0;
  if (may) {
    restart_ = Restarts{restarts_.most, in_a_row + 1, restarts_.incarnation + 1, restarts_.in_vain};
    restart_->has_come = !is_absent_;
  }
  if (is_away_) {  // has told why
    if (may) return put(Say{end_text(event) + what_follows()});
    is_away_ = false;
    return put(LeaveJob{});
  }
  const bool is_good = event.kind == TrainerEventKind::exited && event.value == 0;
  const bool has_run = event.kind != TrainerEventKind::cannot_start;
  const bool was_at_work = has_run && is_at_work();
  const std::int64_t ended = steps_ended_;
  const std::int32_t suspects = is_good || !has_run ? 0 : blame_the_step(event);
  leave(end_text(event), {suspects, may, was_at_work && steps_ended_ == ended});
}

// Whether it has begun a step, as far as can be told. One that ends as it starts may leave the step
// unread.
bool TrainerSupervisor::is_at_work() const {
  const bool has_read = has_spoken_ || !left_unread_;
  return has_read && !in_work_.empty() && pause_ == pause_.zero();
}

// A trainer that dies has failed the step in work, unless it pauses between steps, or whoever has
// killed its guard has ended it. If it reads ahead, nobody knows which step that is: returns how
// many are suspected.
std::int32_t TrainerSupervisor::blame_the_step(const TrainerEvent& event) {
  if (in_steps_ || is_guard_dead_ || is_told_to_end(event) || !is_at_work()) return 0;
  if (reads_ahead_ && in_work_.size() > 1) return static_cast<std::int32_t>(in_work_.size());
  put(FailStep{std::move(in_work_.front())});
  in_work_.pop_front();
  ++steps_ended_;
  return 0;
}

// By a signal that this rank was sent.
bool TrainerSupervisor::is_told_to_end(const TrainerEvent& event) const {
  const bool is_passed_on = event.kind == TrainerEventKind::killed &&
                            passed_on_.test(static_cast<std::size_t>(event.value));
  return is_passed_on || is_told_to_end();
}

bool TrainerSupervisor::is_restartable(const TrainerEvent& event) const {
  const bool is_good = event.kind == TrainerEventKind::exited && event.value == 0;
  const auto* const doomed = std::get_if<Doomed>(&life_);
  const bool is_ended_here = doomed != nullptr && doomed->signal == SIGKILL;
  if (in_steps_ || is_over_ || is_good || is_ended_here || is_told_to_end(event)) return false;
  return event.kind != TrainerEventKind::cannot_start;
}

std::string TrainerSupervisor::end_text(const TrainerEvent& event) const {
  const std::string when = is<Finishing>() ? end_of_job_text()
                                           : fmt::format("before the job is over, after {} step{}",
                                                         steps_done_, steps_done_ == 1 ? "" : "s");
  switch (event.kind) {
    case TrainerEventKind::cannot_start:
      return fmt::format("cannot start the trainer {}: {}", printable(program_),
                         std::strerror(event.value));
    case TrainerEventKind::killed:
      if (passed_on_.test(static_cast<std::size_t>(event.value))) {
        return fmt::format("the trainer was ended by {}, which its rank was sent, {}",
                           signal_text(event.value), when);
      }
      return fmt::format("the trainer was killed by {} {}", signal_text(event.value), when);
    default:
      break;
  }
  const std::string how = fmt::format("the trainer ended with status {} ", event.value);
  if (event.value != 0) return how + when + "; its error message, if any, is above";
  if (!has_spoken_) {
    return how +
           "before the job is over, and took no step; it has to take its steps from the descriptor "
           "in EVENKEEL_FD (in Python: evenkeel.Session())";
  }
  return how + (says_done_of_none() ? "before the job is over; it " + done_of_none_text() : when);
}

std::string TrainerSupervisor::end_of_job_text() const {
  return is_absent_ ? "after the job was over, and took no step" : "after its last step";
}

std::string TrainerSupervisor::done_of_none_text() const {
  return fmt::format(
      "took {} step{} and said done of none: after each it has to write {{\"done\":N}} (in Python: "
      "call done(step))",
      steps_given_, steps_given_ == 1 ? "" : "s");
}

void TrainerSupervisor::pass_on(int signal) {
  if (is_gone()) return;
  passed_on_.set(static_cast<std::size_t>(signal));
  put(SendSignal{signal});
}

// ---- what it is given

bool TrainerSupervisor::wants_step(bool is_there) const {
  // The next step may be one that it has failed: it then leaves, and would get no answer.
  if (checkpoint_ && !failed_steps_.empty() && in_work_.empty()) return false;
  return is<Working>() && !closed_at_ && std::ssize(in_work_) <= read_ahead_ &&
         (is_there || (in_work_.empty() && !asked_in_pause_));
}

void TrainerSupervisor::give(std::optional<HostedStep> step, Instant now) {
  is_absent_ = false;
  if (!step) {
    asked_in_pause_ = pause_ > pause_.zero();
    return;
  }
  if (needs_fresh_trainer(*step)) return replace(*step, now);
  if (in_work_.empty()) last_word_ = now;
  if (!in_steps_) step->number = steps_given_;
  ++steps_given_;
  put(SendLine{step_line(*step, dataset_)});
  in_work_.push_back(std::move(*step));
}

// A step that it has failed comes back to it only if there is nobody else to try it.
bool TrainerSupervisor::needs_fresh_trainer(const HostedStep& step) const {
  return failed_in_a_row_ >= restarts_.failures_before_successor() && in_work_.empty() &&
         (is_evidence(step) || may_be_broken()) && !is_told_to_end();
}

// If it fails this step, which has failed before, that counts against the step. So it has to tell
// of the step rather than of this trainer.
bool TrainerSupervisor::is_evidence(const HostedStep& step) const {
  const bool has_just_failed = restarts_.most > 0 && failed_in_a_row_ > 0;
  return failed_steps_.contains(key_of(step)) || (step.is_retry && has_just_failed);
}

// One failure may have left it so that it fails whatever follows. One that has never done a step,
// and follows none that has, is not broken by that.
bool TrainerSupervisor::may_be_broken() const {
  constexpr int suspicious = 3;
  return restarts_.most > 0 && failed_in_a_row_ >= suspicious &&
         (steps_done_ > 0 || restarts_.in_vain > 0);
}

// The trainer is told to make way, and may save what its successor needs. If it saves already, the
// next step may be all that its pause waits for, so that it gets this word in the pause.
void TrainerSupervisor::replace(const HostedStep& step, Instant now) {
  EVENKEEL_CHECK(!checkpoint_);  // see wants_step
  restart_ = Restarts{restarts_.most, steps_done_ > 0 ? 0 : restarts_.in_a_row,
                      restarts_.incarnation + 1, restarts_.in_vain + 1};
  restart_->has_come = true;
  if (is_evidence(step)) {
    restart_->started_for = key_of(step);
    put(Say{fmt::format("a fresh trainer tries {} again", samples_text(step.extents, dataset_))});
  } else {
    restart_->follows_a_broken_one = true;
    put(Say{fmt::format("the trainer has failed {} steps in a row: a fresh one takes its place",
                        failed_in_a_row_)});
  }
  is_away_ = true;
  put(LeaveJob{{0, true, false}});
  put(SendLine{std::string(replaced_line)});
  const Duration pause = std::exchange(pause_, pause_.zero());
  life_ = Doomed{now + std::max(before_closed_ends, pause)};
}

// A request, or the answer to the end, would look like the end of the pause.
void TrainerSupervisor::end_asking() {
  if (pause_ > pause_.zero()) put(TrainerPause{pause_});
}

// ---- the end

void TrainerSupervisor::end_job(JobEnd end, Instant now) {
  const bool is_given_up = end == JobEnd::given_up;
  is_over_ = true;
  if (is_given_up && is<Working>()) {
    doom(now + (closed_at_ && !in_steps_ ? before_closed_ends : before_sigterm));
  } else if (is_given_up && is<Finishing>()) {
    doom(now + before_sigterm);
  } else if (is<Working>() && (!in_steps_ || in_work_.empty())) {
    // In step mode the job may be given up after all steps have been taken.
    last_word_ = over_since_ = now;
    put(SendLine{finish_line(end)});
    end_asking();  // it goes on pausing
    life_ = Finishing{};
  }
}

void TrainerSupervisor::wake(Instant now) {
  if (is<Working>()) {
    const bool is_silent = now - last_word_ > std::max(before_hint, pause_);
    if (is_silent && !in_steps_ && says_done_of_none() && !std::exchange(has_hinted_, true)) {
      put(Say{"silent for 60 s, the trainer may be waiting: it " + done_of_none_text()});
    }
    if (!closed_at_ || now - *closed_at_ < before_end_is_told) return;
    leave(fmt::format("the trainer closes its descriptor before the job is over{}",
                      in_steps_ ? "" : ", and has 60 s to end"),
          {0, !in_steps_ && restarts_.most > 0, is_at_work()});
    if (in_steps_) return end_trainer(SIGTERM, now);
    doom(now + before_closed_ends);
  } else if (is<Finishing>() && is_outrun(now)) {
    put(
        Say{"the job is over, and the trainer is still in a step that others have done: it is told "
            "to end"});
    end_trainer(SIGTERM, now);
  } else if (is<Finishing>() && never_comes(now)) {
    put(Say{"the job is over, and the trainer is still loading: it is told to end"});
    end_trainer(SIGTERM, now);
  } else if (is<Finishing>()) {
    const bool is_late = is_stopped_ || !in_work_.empty();
    if (!is_late || now - last_word_ <= std::max(before_last_word, pause_)) return;
    put(Say{fmt::format("the job is over, and the trainer {}: it is killed{}",
                        is_stopped_ ? "is still stopped" : "has not been heard of",
                        says_done_of_none() ? "; it " + done_of_none_text() : "")});
    end_trainer(SIGKILL, now);
  } else if (const auto* const doomed = std::get_if<Doomed>(&life_)) {
    if (now >= doomed->due) end_trainer(doomed->signal, now);
  }
}

// Its step counts for nothing, and it has had time to end it.
bool TrainerSupervisor::is_outrun(Instant now) const {
  return is_idempotent_ && !in_work_.empty() && !is_stopped_ &&
         now - over_since_ > std::max(before_last_word, pause_);
}

// It has nothing to save, and might load for ever.
bool TrainerSupervisor::never_comes(Instant now) const {
  return is_absent_ && is_loading_ && !is_stopped_ &&
         now - last_word_ > std::max(before_last_word, pause_);
}

// The job is not the worse for a worker that has never come.
void TrainerSupervisor::fail_at_the_end(const std::string& text) {
  failed_at_the_end_ = !is_absent_;
  blame(text);
}

// Others do the worker's work, or the job is given up.
void TrainerSupervisor::leave(const std::string& reason, const Leave& leave) {
  is_away_ = leave.comes_back;
  blame(reason + what_follows());
  put(LeaveJob{leave});
}

std::string TrainerSupervisor::what_follows() const {
  if (in_steps_) return "; the job is given up";
  if (restart_) {
    return fmt::format("; it is started again in {} s ({} of {})",
                       static_cast<int>(to_seconds(restart_->delay())), restart_->in_a_row,
                       restart_->most);
  }
  return is_given_up_
             ? "; none of its restarts has done a step: others do its work, if any are left"
             : "; others do its work, if any are left";
}

// When a signal ends the job, it ends the trainers too, whatever their status.
void TrainerSupervisor::blame(const std::string& text) {
  if (!is_told_to_end()) put(Say{text});
}

void TrainerSupervisor::doom(Instant due) {
  if (is<Working>()) put(SendLine{finish_line(JobEnd::given_up)});
  life_ = Doomed{due};
}

void TrainerSupervisor::end_trainer(int signal, Instant now) {
  put(SendSignal{signal});
  if (signal == SIGTERM) put(SendSignal{SIGCONT});
  life_ = Doomed{now + before_sigkill, SIGKILL, hears()};
}

}  // namespace evenkeel

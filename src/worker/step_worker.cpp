#include "worker/step_worker.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

// Number of requests for which a slow plan is remembered, about. A plan that came much too late may
// have been delayed by something that does not recur.
constexpr double lead_decay = 0.9;
constexpr double most_lead_growth = 4;
constexpr double newest_step_weight = 0.25;

float seconds_of(Duration duration) { return static_cast<float>(to_seconds(duration)); }

}  // namespace

std::int64_t PlannedStep::samples() const {
  std::int64_t samples = 0;
  for (const Interval& interval : own) samples += interval.samples();
  return samples;
}

void StepWorker::receive(const StepMode::ToWorker& message) {
  std::visit([this](const auto& m) { on(m); }, message);
}

void StepWorker::on(const Plan& plan) {
  EVENKEEL_CHECK(plan.first_step == planned_until_ && plan.end_step > plan.first_step);
  planned_until_ = plan.end_step;
  plans_.push_back(plan);
  if (!asked_) return;
  asked_ = false;
  if (!waiting_since_) learn_lead(Duration::zero());
}

// The requested plan has arrived. Converts the time that the trainer waited for it to steps, at
// least one: messages are seen only between steps.
void StepWorker::learn_lead(Duration waited) {
  double steps = static_cast<double>(next_step_ - asked_at_step_);
  if (waited > Duration::zero()) {
    steps += step_s_ > 0 ? std::ceil(to_seconds(waited) / step_s_) : 1;
  }
  steps = std::min(steps, most_lead_growth * lead_steps_);
  lead_steps_ = std::max({1.0, steps, lead_steps_ * lead_decay});
}

void StepWorker::on(const PlanMembers& members) {
  const auto list = std::span(members.list).first(static_cast<std::size_t>(members.numbers));
  members_.insert(members_.end(), list.begin(), list.end());
}

void StepWorker::on(const Finish& /*finish*/) { (all_done() ? closed_ : given_up_) = true; }

void StepWorker::on(const CheckpointAnswer& answer) { checkpoint_answer_ = answer.state; }

std::optional<PlannedStep> StepWorker::next(Instant now, Outbox& out) {
  end_pause(now);
  return take(now, out);
}

std::optional<PlannedStep> StepWorker::take(Instant now, Outbox& out) {
  if (all_done()) say_farewell(out);  // if the job begins with nothing left to do
  if (finished()) return std::nullopt;
  const bool is_planned = next_step_ < planned_until_;
  if (is_planned) end_wait(now);  // and knows its length before it requests the next plan
  if (wants_plan()) {
    asked_ = true;
    asked_at_step_ = next_step_;
    unsent_.wants_plan = true;
    report(now, out);
  }
  if (!is_planned) {
    if (!waiting_since_ && !paused_since_) waiting_since_ = now;
    return std::nullopt;
  }
  while (plans_.front().end_step <= next_step_) plans_.pop_front();
  const Interval batch = options_.line.batch(next_step_);
  const Plan& plan = plans_.front();
  PlannedStep step{next_step_, options_.line.pass(next_step_), batch, own_part(plan, batch)};
  ++next_step_;
  return step;
}

void StepWorker::loaded(Instant now) {
  end_pause(now);
  loading_ = in_this_phase(now);
}

void StepWorker::reached(Instant now) {
  end_pause(now);
  worked_ = in_this_phase(now);
  begin_phase(now);
}

void StepWorker::done(double cost, std::optional<Duration> local, Instant now, Outbox& out) {
  EVENKEEL_CHECK(done_steps_ < next_step_);
  const bool is_reached = worked_.has_value();
  if (!is_reached) reached(now);
  end_pause(now);
  const Duration worked = local.value_or(*worked_);
  // If a trainer reports only its local work, the rest of the step was the all-reduce.
  const Duration reducing =
      is_reached ? in_this_phase(now) : std::max(Duration::zero(), *worked_ - worked);
  StepReport& report_now = unsent_;
  if (report_now.steps == 0) report_now.first_step = done_steps_;
  const auto place = static_cast<std::size_t>(report_now.steps);
  report_now.times[place] = {
      seconds_of(worked),          seconds_of(reducing), static_cast<float>(cost),   0,
      seconds_of(paused_at_work_), is_reached || local,  std::exchange(stand_in_, 0)};
  ends_[place] = now;
  ++report_now.steps;
  report_now.cost += cost;
  if (loading_) report_now.data += std::min(worked, *loading_);
  report_now.last_end = now;

  const double step_s = to_seconds(worked + reducing);
  step_s_ +=
      (done_steps_ == options_.line.first_step ? 1 : newest_step_weight) * (step_s - step_s_);
  ++done_steps_;
  begin_phase(now);
  loading_.reset();
  worked_.reset();
  paused_at_work_ = Duration::zero();

  const bool due = !last_report_ || now - *last_report_ >= options_.report_interval;
  const bool full = place + 1 == StepReport::most_steps;
  const bool follows = wants_plan();  // next() will report
  if ((due && !follows) || full || all_done()) report(now, out);
  if (all_done()) say_farewell(out);
}

void StepWorker::say_farewell(Outbox& out) {
  if (!std::exchange(has_said_farewell_, true)) out.emplace_back(Farewell{});
}

void StepWorker::show_life(Instant now, Outbox& out) {
  const bool due = !last_report_ || now - *last_report_ >= options_.report_interval;
  if (due && !all_done() && !given_up_) report(now, out);
}

void StepWorker::pause(Duration expected, Instant now, Outbox& out) {
  if (has_closed()) return;  // nobody waits for it
  end_pause(now);
  if (unsent_.steps > 0) report(now, out);
  paused_since_ = now;
  out.emplace_back(Pause{expected});
}

bool StepWorker::call_checkpoint(const CheckpointTag& tag, Instant now, Outbox& out) {
  if (has_closed()) return false;
  end_pause(now);
  if (unsent_.steps > 0) report(now, out);
  out.emplace_back(Checkpoint{tag, done_steps_});
  paused_since_ = now;
  return true;
}

void StepWorker::close(bool has_failed, Outbox& out) {
  if (!all_done() || has_closed()) return;
  say_farewell(out);
  closed_ = true;
  out.emplace_back(Close{has_failed});
}

void StepWorker::leave(Instant now, Outbox& out) {
  if (all_done() || given_up_) return;
  given_up_ = true;
  end_pause(now);
  if (unsent_.steps > 0) report(now, out);
  out.emplace_back(Leave{});
}

void StepWorker::begin_phase(Instant now) {
  begun_ = now;
  excluded_ = Duration::zero();
}

Duration StepWorker::in_this_phase(Instant now) const {
  return std::max(Duration::zero(), now - begun_ - excluded_);
}

void StepWorker::end_pause(Instant now) {
  if (!paused_since_) return;
  // The trainer may report what happened before the pause only now.
  const Duration paused = std::max(Duration::zero(), now - *paused_since_);
  paused_since_.reset();
  unsent_.paused += paused;
  excluded_ += paused;
  if (!worked_) paused_at_work_ += paused;
}

void StepWorker::end_wait(Instant now) {
  if (!waiting_since_) return;
  const Duration waited = now - *waiting_since_;
  waiting_since_.reset();
  unsent_.waited_for_plan += waited;
  excluded_ += waited;
  learn_lead(std::max(waited, Duration(1)));
}

std::vector<Interval> StepWorker::own_part(const Plan& plan, Interval batch) {
  if (!plan.has_members) {
    const Interval own = options_.line.part(batch, plan.before, plan.count);
    if (own.empty()) return {};
    return {own};
  }
  EVENKEEL_CHECK(!members_.empty() && members_.front() < members_.size());
  const auto count = static_cast<std::ptrdiff_t>(members_.front());
  members_.pop_front();
  const std::vector<std::uint32_t> places(members_.begin(), members_.begin() + count);
  members_.erase(members_.begin(), members_.begin() + count);
  return intervals_of(batch, places);
}

bool StepWorker::wants_plan() const {
  return !asked_ && planned_until_ < options_.line.steps &&
         planned_until_ - next_step_ <= lead_steps();
}

// With this many steps left, a plan that is requested arrives in time.
std::int32_t StepWorker::lead_steps() const {
  return static_cast<std::int32_t>(
      std::ceil(std::min(double{StepReport::most_lead_steps}, lead_steps_)));
}

void StepWorker::report(Instant now, Outbox& out) {
  unsent_.planned_until = planned_until_;
  unsent_.lead_steps = lead_steps();
  for (std::size_t i = 0; i < static_cast<std::size_t>(unsent_.steps); ++i) {
    unsent_.times[i].ended_s = seconds_of(unsent_.last_end - ends_[i]);
  }
  out.emplace_back(unsent_);
  unsent_ = StepReport{};
  last_report_ = now;
}

}  // namespace evenkeel

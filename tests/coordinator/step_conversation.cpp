#include "coordinator/step_conversation.h"

namespace evenkeel {

CoordinatorOptions step_options_of(std::int32_t workers) {
  CoordinatorOptions options;
  options.workers = workers;
  options.warmup_steps = 0;
  StepModeOptions step;
  step.line.samples = 100;
  step.line.global_batch = 10;
  step.line.steps = 30;
  step.least = 0;
  step.most = 10;
  step.baseline = false;
  options.step = step;
  return options;
}

Words StepConversation::say(int rank, const StepMode::ToCoordinator& message, Duration at) {
  outbox_.clear();
  coordinator_.receive(Rank(rank), message, Instant(at), outbox_);
  return words_of(outbox_);
}

Words StepConversation::wake(Duration at) {
  outbox_.clear();
  coordinator_.wake(Instant(at), outbox_);
  return words_of(outbox_);
}

std::string StepConversation::protest(int rank, const StepMode::ToCoordinator& message) {
  try {
    say(rank, message);
  } catch (const ProtocolError& error) {
    return error.what();
  }
  return "";
}

std::optional<Duration> StepConversation::next_wake() const {
  const std::optional<Instant> next = coordinator_.next_wake();
  if (!next) return std::nullopt;
  return next->time_since_epoch();
}

StepReport plan_request(std::int64_t planned_until, std::int32_t lead_steps) {
  StepReport report;
  report.wants_plan = true;
  report.planned_until = planned_until;
  report.lead_steps = lead_steps;
  return report;
}

StepReport one_step(std::int64_t step, float local_s, float reduce_s, float cost, Duration end) {
  StepReport report;
  report.first_step = step;
  report.steps = 1;
  report.times[0] = {local_s, reduce_s, cost, 0};
  report.cost = static_cast<double>(cost);
  report.last_end = Instant(end);
  return report;
}

StepReport one_untold_step(std::int64_t step, float step_s, float cost, Duration end) {
  StepReport report = one_step(step, step_s, 0, cost, end);
  report.times[0].local_told = false;
  return report;
}

}  // namespace evenkeel

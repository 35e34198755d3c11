#include "worker/step_trainer.h"

#include <fmt/format.h>

#include <variant>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

std::string text(const StepReport& report) {
  std::string steps =
      fmt::format("steps {} to {}", report.first_step, report.first_step + report.steps);
  const std::string request =
      fmt::format("request from {} on, lead {}", report.planned_until, report.lead_steps);
  if (!report.wants_plan) return steps;
  return report.steps == 0 ? request : fmt::format("{}, {}", steps, request);
}
std::string text(const Pause& pause) {
  return fmt::format("pause of {} s", to_seconds(pause.expected));
}
std::string text(const Farewell&) { return "farewell"; }
std::string text(const Close&) { return "close"; }
std::string text(const Leave&) { return "leave"; }
std::string text(const Checkpoint& checkpoint) {
  return fmt::format("checkpoint '{}' at {}", checkpoint.tag.text(), checkpoint.step);
}

}  // namespace

StepWorkerOptions step_options() {
  StepWorkerOptions options;
  options.line.samples = 100;
  options.line.global_batch = 10;
  options.line.micro_batch = 2;
  options.line.steps = 30;
  options.report_interval = 1s;
  return options;
}

void StepTrainer::plan(std::int64_t end_step, std::int64_t before, std::int64_t count) {
  worker_.receive(Plan{++plans_, planned_until_, end_step, before, count});
  planned_until_ = end_step;
}

Words StepTrainer::take(Duration at) {
  outbox_.clear();
  const std::optional<PlannedStep> step = worker_.next(Instant(at), outbox_);
  last_taken_ = "none";
  if (step) {
    const std::string own = step->own.empty()
                                ? "nothing"
                                : fmt::format("{} to {}", step->own.front().begin.value(),
                                              step->own.front().end.value());
    last_taken_ =
        fmt::format("step {} of epoch {}: {} of {} to {}", step->number, step->pass.epoch.value(),
                    own, step->batch.begin.value(), step->batch.end.value());
  }
  return words();
}

Words StepTrainer::done(Duration at, std::optional<Duration> local, double cost) {
  outbox_.clear();
  worker_.done(cost, local, Instant(at), outbox_);
  return words();
}

Words StepTrainer::pause(Duration expected, Duration at) {
  outbox_.clear();
  worker_.pause(expected, Instant(at), outbox_);
  return words();
}

Words StepTrainer::call_checkpoint(std::string_view tag, Duration at) {
  outbox_.clear();
  is_called_ = worker_.call_checkpoint(CheckpointTag::from(tag).value(), Instant(at), outbox_);
  return words();
}

Words StepTrainer::leave(Duration at) {
  outbox_.clear();
  worker_.leave(Instant(at), outbox_);
  return words();
}

Words StepTrainer::show_life(Duration at) {
  outbox_.clear();
  worker_.show_life(Instant(at), outbox_);
  return words();
}

Words StepTrainer::step(Duration from, Duration to) {
  Words said = take(from);
  for (std::string& word : done(to)) said.push_back(std::move(word));
  return said;
}

Words StepTrainer::words() const {
  Words words;
  for (const StepMode::ToCoordinator& message : outbox_) {
    words.push_back(std::visit([](const auto& m) { return text(m); }, message));
  }
  return words;
}

}  // namespace evenkeel

#include "session/step_worker_host.h"

#include <fmt/core.h>

#include <stdexcept>

namespace evenkeel {

std::optional<HostedStep> StepWorkerHost::take() {
  receive_all();
  const std::optional<PlannedStep> planned = worker_.take(link_.clock().now(), outbox_);
  link_.send(outbox_);
  if (worker_.all_done()) link_.finish();
  if (!planned) return std::nullopt;
  const EpochOrder& order = link_.order_of(planned->epoch);
  HostedStep step;
  step.number = planned->number;
  step.epoch = planned->epoch;
  step.interval = planned->own.size() == 1 ? planned->own.front() : planned->batch;
  step.samples = planned->samples();
  step.global_samples = planned->batch.samples();
  for (const Interval& own : planned->own) {
    step.cost += order.true_cost(own);
    order.extents(own, step.extents);
  }
  return step;
}

bool StepWorkerHost::has_step() {
  receive_all();
  return worker_.has_step();
}

void StepWorkerHost::loaded(const HostedStep& step) {
  require_in_work(step, "loaded");
  worker_.loaded(link_.clock().now());
}

void StepWorkerHost::reached(const HostedStep& step) {
  require_in_work(step, "reached");
  worker_.reached(link_.clock().now());
}

void StepWorkerHost::done(const HostedStep& step, const MeasuredStep& measured) {
  require_in_work(step, "done");
  receive_all();
  const Instant now = link_.clock().now();
  if (measured.data) worker_.loaded(worker_.phase_begin() + *measured.data);
  if (measured.all_reduce) worker_.reached(now - *measured.all_reduce);
  worker_.done(step.cost, measured.local, now, outbox_);
  link_.send(outbox_);
  if (worker_.all_done()) link_.finish();
}

void StepWorkerHost::failed(const HostedStep& step) {
  require_in_work(step, "failed");
  leave();
}

void StepWorkerHost::pause(Duration expected) {
  worker_.pause(expected, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void StepWorkerHost::show_life() {
  worker_.show_life(link_.clock().now(), outbox_);
  link_.send(outbox_);
}

bool StepWorkerHost::call_checkpoint(const CheckpointTag& tag) {
  const bool is_called = worker_.call_checkpoint(tag, link_.clock().now(), outbox_);
  link_.send(outbox_);
  return is_called;
}

std::optional<CheckpointState> StepWorkerHost::take_checkpoint_answer() {
  receive_all();
  if (const auto answer = worker_.take_checkpoint_answer()) {
    worker_.resume(link_.clock().now());
    return answer;
  }
  if (worker_.given_up()) return CheckpointState::unrecorded;
  return std::nullopt;
}

void StepWorkerHost::leave() {
  worker_.leave(link_.clock().now(), outbox_);
  link_.send(outbox_);
  link_.finish();
}

void StepWorkerHost::receive_all() {
  while (const auto message = link_.receive(link_.clock().now())) worker_.receive(*message);
}

void StepWorkerHost::require_in_work(const HostedStep& step, std::string_view what) const {
  if (step.number == worker_.steps_done()) return;
  throw std::logic_error(fmt::format(
      "evenkeel: {}(step {}), but the earliest step that is not done is step {}; steps are done in "
      "the order in which they were taken",
      what, step.number, worker_.steps_done()));
}

}  // namespace evenkeel

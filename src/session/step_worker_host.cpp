#include "session/step_worker_host.h"

#include <fmt/core.h>

#include <stdexcept>

#include "session/lease_worker_host.h"
#include "transport/idle_wait.h"

namespace evenkeel {

std::optional<HostedStep> StepWorkerHost::next() {
  IdleWait wait(IdleWait::patient);
  for (;;) {
    receive_all();
    const std::optional<PlannedStep> planned = worker_.next(link_.clock().now(), outbox_);
    link_.send(outbox_);
    if (planned) {
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
    if (worker_.finished()) return std::nullopt;
    wait.pause();
  }
}

void StepWorkerHost::loaded(const HostedStep& step) {
  require_in_work(step, "loaded");
  worker_.loaded(link_.clock().now());
}

void StepWorkerHost::reached(const HostedStep& step) {
  require_in_work(step, "reached");
  worker_.reached(link_.clock().now());
}

void StepWorkerHost::done(const HostedStep& step, std::optional<Duration> local_work) {
  require_in_work(step, "done");
  receive_all();
  worker_.done(step.cost, local_work, link_.clock().now(), outbox_);
  link_.send(outbox_);
  if (worker_.all_done()) link_.finish();
}

void StepWorkerHost::pause(Duration expected) {
  worker_.pause(expected, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void StepWorkerHost::receive_all() {
  while (const auto message = link_.receive()) worker_.receive(*message);
}

void StepWorkerHost::require_in_work(const HostedStep& step, std::string_view what) const {
  if (step.number == worker_.steps_done()) return;
  throw std::logic_error(fmt::format(
      "evenkeel: {}(step {}), but the earliest step that is not done is step {}; steps are done in "
      "the order in which they were taken",
      what, step.number, worker_.steps_done()));
}

std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link) {
  if (link.terms().line) return std::make_unique<StepWorkerHost>(link);
  return std::make_unique<LeaseWorkerHost>(link);
}

}  // namespace evenkeel

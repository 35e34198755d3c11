#include "session/lease_worker_host.h"

#include "transport/idle_wait.h"

namespace evenkeel {

std::optional<HostedStep> LeaseWorkerHost::next() {
  IdleWait wait(IdleWait::patient);
  for (;;) {
    while (const auto message = link_.receive()) {
      worker_.receive(*message, link_.clock().now(), outbox_);
    }
    const std::optional<LeasedStep> leased = worker_.next(link_.clock().now(), outbox_);
    link_.send(outbox_);
    if (leased) {
      const EpochOrder& order = link_.order_of(leased->epoch);
      HostedStep step;
      step.lease = leased->lease;
      step.epoch = leased->epoch;
      step.interval = leased->interval;
      step.samples = step.global_samples = leased->interval.samples();
      step.cost = order.true_cost(leased->interval);
      order.extents(leased->interval, step.extents);
      step.taken_at = link_.clock().now();
      return step;
    }
    if (worker_.finished()) {
      link_.finish();
      return std::nullopt;
    }
    wait.pause();
  }
}

void LeaseWorkerHost::done(const HostedStep& step, std::optional<Duration> local_work) {
  const LeasedStep leased{step.lease, step.epoch, step.interval, step.taken_at};
  worker_.done(leased, step.cost, local_work, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void LeaseWorkerHost::pause(Duration expected) {
  worker_.pause(expected, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

}  // namespace evenkeel

#include "session/lease_worker_host.h"

namespace evenkeel {

std::optional<HostedStep> LeaseWorkerHost::take() {
  receive_if_due();
  const std::optional<LeasedStep> leased = worker_.take(link_.clock().now(), outbox_);
  link_.send(outbox_);
  if (worker_.finished()) link_.finish();
  if (!leased) return std::nullopt;
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

void LeaseWorkerHost::receive_if_due() {
  const Instant begin = link_.clock().now();
  if (!looks_.is_due(worker_.has_step(), begin)) return;
  receive_all(begin);
  looks_.looked(begin, link_.clock().now());
}

bool LeaseWorkerHost::has_step() {
  receive_all(link_.clock().now());
  link_.send(outbox_);
  if (worker_.finished()) link_.finish();
  return worker_.has_step();
}

void LeaseWorkerHost::receive_all(Instant now) {
  while (const auto message = link_.receive(now)) worker_.receive(*message, now, outbox_);
}

void LeaseWorkerHost::done(const HostedStep& step, const MeasuredStep& measured) {
  const LeasedStep leased{step.lease, step.epoch, step.interval, step.taken_at};
  worker_.done(leased, step.cost, measured.local, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void LeaseWorkerHost::failed(const HostedStep& step) {
  const LeasedStep leased{step.lease, step.epoch, step.interval, step.taken_at};
  worker_.failed(leased, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void LeaseWorkerHost::pause(Duration expected) {
  worker_.pause(expected, link_.clock().now(), outbox_);
  link_.send(outbox_);
}

void LeaseWorkerHost::show_life() {
  worker_.show_life(link_.clock().now(), outbox_);
  link_.send(outbox_);
}

bool LeaseWorkerHost::call_checkpoint(const CheckpointTag& tag) {
  const bool is_called = worker_.call_checkpoint(tag, link_.clock().now(), outbox_);
  link_.send(outbox_);
  return is_called;
}

std::optional<CheckpointState> LeaseWorkerHost::take_checkpoint_answer() {
  receive_all(link_.clock().now());
  link_.send(outbox_);
  if (worker_.finished()) link_.finish();
  if (const auto answer = worker_.take_checkpoint_answer()) return answer;
  if (worker_.finished()) return CheckpointState::unrecorded;
  return std::nullopt;
}

void LeaseWorkerHost::leave() {
  worker_.leave(link_.clock().now(), outbox_);
  link_.send(outbox_);
  link_.finish();
}

}  // namespace evenkeel

// Lease mode: steps that fail, until they are done or set aside.
#include <fmt/core.h>

#include <algorithm>

#include "coordinator/lease_coordinator.h"
#include "core/check.h"

namespace evenkeel {

void LeaseCoordinator::on(WorkerIndex worker, const Failed& failed, Instant now, Outbox& out) {
  const Interval step = failed.interval;
  WorkerAccount& account = accounts_[worker];
  Lease* lease = leases_.find(worker, failed.lease);
  const bool is_known = failed.lease <= account.last_lease;
  const bool fits = lease == nullptr ||
                    (step.begin == lease->done && is_step(step) && step.end <= lease->interval.end);
  if (!is_known || !fits) {
    throw ProtocolError(fmt::format("rank {} fails samples {} to {} of lease {}, which {}",
                                    rank_of(worker).value(), step.begin.value(), step.end.value(),
                                    failed.lease.value(),
                                    is_known ? "are not the next step of it" : "it never had"));
  }
  if (failed.wants_lease) take_request(worker, failed.lead, now);
  ++account.failed_in_a_row;
  ++account.record.failed_steps;
  ++job_.failed_steps;
  if (lease == nullptr) {
    job_.wasted_samples += step.samples();
    return;
  }
  job_.last_end = std::max(job_.last_end, failed.ended_at);
  cluster_.set_working_since(worker, std::min(failed.ended_at, now));
  cluster_.set_trimmable(worker, true);

  // The lease goes on behind it, as if it began there.
  tell_done(worker, *lease, out);
  const double cost = std::min(lease->held_cost, pool_.cost(lease->pass, step));
  lease->held_cost -= cost;
  lease->interval.begin = lease->done = step.end;
  cluster_.finish(worker, step.samples(), cost);
  const Attempts attempts = lease->attempts.and_by(worker);
  if (attempts.exhausted()) {
    job_.set_aside_samples += step.samples();
    out.emplace_back(SetAside{lease->pass, step});
    const bool is_new = set_aside_[lease->pass].insert(step);
    EVENKEEL_CHECK(is_new);
    pool_.finish(lease->pass, step.samples());
  } else {
    failed_steps_.add(lease->pass, step, attempts, cost);
  }
  close_if_done(worker, *lease, out);
  expect_word(worker, now);
}

// Whether it begins on the grid and ends at its next point, or at the epoch's end.
bool LeaseCoordinator::is_step(Interval interval) const {
  const std::int64_t samples = cluster_.shape().samples;
  const Position end = interval.begin + options_.step_samples;
  return interval.begin.value() % options_.step_samples == 0 && !interval.empty() &&
         interval.end == std::min(end, Position(samples));
}

// What has failed comes first, so that it does not pile up: it goes to those who ask, by who may
// try it, in which the policy has no say.
void LeaseCoordinator::retry_failed_steps(Instant now, Outbox& out) {
  while (const auto retry = failed_steps_.take(cluster_, accounts_, pool_)) {
    grant(retry->worker, retry->piece, retry->attempts, now, out);
  }
}

}  // namespace evenkeel

// The coordinator of lease mode, where a step may be done twice: late steps that idle workers copy,
// and what becomes of those who lose.
#include <algorithm>
#include <utility>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {

// Returns whether it did: there may be more.
bool LeaseCoordinator::copy_a_late_step(Instant now, Outbox& out) {
  if (!options_.idempotent || options_.policy.kind != PolicyKind::adaptive) return false;
  const std::optional<LateSteps::Choice> choice = late_steps_.choose(cluster_, book_, now);
  if (!choice) return false;
  Event event{now, rank_of(choice->copier), EventKind::copied};
  event.samples = choice->step.interval.samples();
  event.holder = rank_of(choice->holder);
  out.emplace_back(event);
  grant(choice->copier, choice->step, {std::nullopt, choice->holder}, now, out);
  return true;
}

// They are still in a step that does not count any more. What else they hold is for others, and
// they get nothing until they are done with it: then they are told, like workers that were lost.
void LeaseCoordinator::leave_the_outrun_alone(Instant now, Outbox& out) {
  for (const LeaseBook::Outrun& loser : book_.take_outrun()) {
    const WorkerIndex worker = loser.worker;
    accounts_[worker].wasted_in = loser;
    job_.wasted_samples += loser.samples;
    book_.take_back_all(worker, out);
    cluster_.set_trimming(worker, false);
    cluster_.set_alive(worker, false);
    attendance_.become(worker, WorkerLife::outrun);
    expect_word(worker, now);
  }
}

// What a worker has done of a lease that it does not hold any more.
void LeaseCoordinator::count_wasted(WorkerIndex worker, LeaseId lease, std::int64_t samples) {
  LeaseBook::Outrun& counted = accounts_[worker].wasted_in;
  if (counted.lease == lease) samples -= std::exchange(counted.samples, 0);
  job_.wasted_samples += std::max<std::int64_t>(0, samples);
}

// The message is no more than a sign of life: the worker is still in its step.
bool LeaseCoordinator::is_in_step(const LeaseMode::ToCoordinator& message) {
  const auto* const report = std::get_if<Report>(&message);
  return report != nullptr && report->steps == 0 && !report->wants_lease;
}

}  // namespace evenkeel

// The coordinator of lease mode, where a step may be done twice: late steps that idle workers copy,
// and what becomes of those who lose.
#include <algorithm>
#include <utility>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {

void LeaseCoordinator::copy_late_steps(Instant now, Outbox& out) {
  if (!options_.idempotent || options_.policy.kind != PolicyKind::adaptive) return;
  for (const LateSteps::Choice& choice : late_steps_.choose(cluster_, book_, now)) {
    Event event{now, rank_of(choice.copier), EventKind::copied};
    event.samples = choice.step.interval.samples();
    event.holder = rank_of(choice.holder);
    out.emplace_back(event);
    grant(choice.copier, choice.step, {std::nullopt, choice.holder}, now, out);
  }
}

// They are still in a step that does not count any more. What else they hold is for others, and
// they get nothing until they are done with it: then they are told, like workers that were lost.
void LeaseCoordinator::leave_the_outrun_alone(Instant now, Outbox& out) {
  for (const LeaseBook::Outrun& loser : book_.take_outrun()) {
    const WorkerIndex worker = loser.worker;
    WorkerAccount& account = accounts_[worker];
    account.outrun_in = loser;
    account.wasted = account.has_not_begun ? 0 : loser.step.samples();
    job_.wasted_samples += account.wasted;
    book_.take_back_all(worker, out);
    cluster_.set_trimming(worker, false);
    cluster_.set_alive(worker, false);
    attendance_.become(worker, WorkerLife::outrun);
    expect_word(worker, now);
  }
}

// What a worker has done of a lease that it does not hold any more.
void LeaseCoordinator::count_wasted(WorkerIndex worker, LeaseId lease, std::int64_t samples) {
  WorkerAccount& account = accounts_[worker];
  if (account.outrun_in.lease == lease) samples -= std::exchange(account.wasted, 0);
  job_.wasted_samples += std::max<std::int64_t>(0, samples);
}

// A worker is in a step that does not count any more, and the message does not say that it has
// ended that: reports may be of what it did before.
bool LeaseCoordinator::is_in_void_step(WorkerIndex worker,
                                       const LeaseMode::ToCoordinator& message) const {
  const bool is_outrun = attendance_.of(worker) == WorkerLife::outrun;
  const LeaseBook::Outrun& outrun = accounts_[worker].outrun_in;
  if (const auto* const report = std::get_if<Report>(&message)) {
    const bool is_of_it = report->steps > 0 && (!is_outrun || report->lease == outrun.lease);
    return !report->wants_lease && !is_of_it;
  }
  if (const auto* const answer = std::get_if<TrimAnswer>(&message)) {
    return !is_outrun || !gives_back(*answer, outrun);
  }
  return std::holds_alternative<Pause>(message);
}

// Whether the worker had not begun the step, and will not.
bool LeaseCoordinator::gives_back(const TrimAnswer& answer, const LeaseBook::Outrun& outrun) {
  if (answer.last_seen < outrun.lease) return false;
  return answer.kept < outrun.lease ||
         (answer.kept == outrun.lease && answer.kept_end <= outrun.step.begin);
}

}  // namespace evenkeel

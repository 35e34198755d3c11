// The coordinator of lease mode, where steps fail: who tries them again, and what is set aside.
#include <algorithm>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {

// The step comes back, to be tried again or set aside; the lease goes on behind it.
void LeaseCoordinator::on(WorkerIndex worker, const Failed& failed, Instant now, Outbox& out) {
  book_.check(worker, failed);
  const Interval step = failed.interval;
  const Lease* lease = book_.find(worker, failed.lease);
  if (failed.wants_lease) take_request(worker, failed.lead, now);
  if (lease == nullptr || !lease->retry.value_or(Attempts()).by(worker)) {
    book_.failed_steps().failed_one(worker, now);
  }
  const bool is_doubtful =
      book_.failed_steps().failed_in_a_row(worker) >= FailedSteps::doubtful_after;
  cluster_.set_doubted(worker, is_doubtful);
  ++accounts_[worker].record.failed_steps;
  ++job_.failed_steps;
  if (lease == nullptr) {
    count_wasted(worker, failed.lease, step.samples());
    return;
  }
  job_.last_end = std::max(job_.last_end, std::min(failed.ended_at, latest(now)));
  cluster_.set_working_since(worker, std::min(failed.ended_at, now));
  cluster_.set_trimmable(worker, true);
  book_.fail(worker, failed.lease, step, out);
  const WorkerLoad& load = cluster_.worker(worker);
  if (is_doubtful && load.held_samples > 0 && !load.trimming) {
    request_trim({worker, load.held_samples}, out);
  }
  expect_word(worker, now);
}

void LeaseCoordinator::serve_the_held_off(Instant now) {
  held_off_.visit_due(now, [this](WorkerIndex worker) {
    if (attendance_.of(worker) != WorkerLife::held_off) return;
    attendance_.become(worker, WorkerLife::working);
    cluster_.set_asking(worker, true);
  });
}

// What has failed comes first, so that it does not pile up: it goes to those who ask, by who may
// try it, in which the policy has no say.
void LeaseCoordinator::retry_failed_steps(Instant now, Outbox& out) {
  while (const auto retry = book_.failed_steps().take(cluster_, attendance_, book_.pool(), now)) {
    grant(retry->worker, retry->piece, {retry->attempts, std::nullopt}, now, out);
  }
}

// Sets aside steps that have failed often enough, unless it may be the workers' fault. Once nothing
// else can be tried, less proof has to do; where a job goes on with another, that one's steps.
void LeaseCoordinator::judge_failures(Instant now, Outbox& out) {
  FailedSteps& failed = book_.failed_steps();
  if (finished_ || failed.groups().empty()) return;
  look_at_the_lost(now);
  if (attendance_.here() < Attempts::most && awaits_the_absent(now)) return;
  const bool at_the_end = is_idle() && failed.are_beyond_all(cluster_, attendance_, now) &&
                          !failed.are_all_hopeless(cluster_, attendance_, now);
  const FailedSteps::Proof proof = !at_the_end                ? FailedSteps::Proof::able
                                   : job_.samples_before == 0 ? FailedSteps::Proof::has_done_one
                                                              : FailedSteps::Proof::none;
  for (const auto& group : failed.take_proven(cluster_, attendance_, book_.pool(), now, proof)) {
    job_.set_aside_samples += group.steps.samples();
    book_.set_aside(group, out);
  }
}

// The job ends if no worker can do anything, or all that is left has failed on workers of which
// none can be shown to be able to do a step.
void LeaseCoordinator::give_up_if_all_fail(Instant now) {
  const FailedSteps& failed = book_.failed_steps();
  if (finished_ || only_failures_ || failed.groups().empty() || attendance_.here() == 0) return;
  if (awaits_the_absent(now)) return;
  only_failures_ = failed.are_all_hopeless(cluster_, attendance_, now) ||
                   (is_idle() && failed.are_beyond_all(cluster_, attendance_, now));
}

// Those that have been silent for too long are lost for good, and those that just spoke may not
// ask.
void LeaseCoordinator::look_at_the_lost(Instant now) {
  for (const WorkerIndex worker : accounts_.indices()) {
    const Instant silent_since = cluster_.worker(worker).silent_since;
    if (!FailedSteps::will_ask(worker, cluster_, attendance_) &&
        FailedSteps::may_ask(worker, cluster_, attendance_, now)) {
      deadlines_.expect(silent_since + FailedSteps::just);
    }
    if (attendance_.of(worker) != WorkerLife::lost) continue;
    const WorkerAccount& account = accounts_[worker];
    const Instant deadline = deadlines_.silence_counts_from(cluster_.worker(worker).silent_since) +
                             deadlines_.return_patience(account.longest_step, account.times_lost);
    if (now >= deadline) {
      attendance_.become(worker, WorkerLife::gone);
    } else {
      deadlines_.expect(deadline);
    }
  }
}

}  // namespace evenkeel

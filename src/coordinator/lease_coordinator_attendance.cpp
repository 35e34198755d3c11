// The coordinator of lease mode, where workers come and go: late ones, silent ones, and those that
// come back.
#include <algorithm>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {
namespace {

// A trainer is started again a minute after its end, at most.
constexpr Duration longest_absence = std::chrono::minutes(10);

}  // namespace

// A worker that nobody has waited for comes, perhaps when all is done.
void LeaseCoordinator::take_in(WorkerIndex worker, Instant now, Outbox& out) {
  attendance_.become(worker, WorkerLife::working);
  cluster_.set_alive(worker, true);
  if (!finished_) return;
  send(worker, Finish{end()}, out);
  expect_word(worker, now);
}

// No more are waited for than still can come.
void LeaseCoordinator::begin_if_enough() {
  if (attendance_.here() < options_.start_with && attendance_.absent() > 0) return;
  std::int32_t have_come = 0;
  std::int32_t may_come = attendance_.absent();
  for (const WorkerIndex worker : accounts_.indices()) {
    have_come += attendance_.of(worker) == WorkerLife::working ? 1 : 0;
    may_come += attendance_.of(worker) == WorkerLife::away ? 1 : 0;
  }
  begun_ = have_come >= options_.start_with || may_come == 0;
}

// Those that have not come may be able to do what the others cannot. They are waited for no longer
// than those that the job needs to begin.
bool LeaseCoordinator::awaits_the_absent(Instant now) {
  if (attendance_.absent() == 0) return false;
  const Instant deadline =
      deadlines_.silence_counts_from(Instant()) + deadlines_.patience(Duration::zero(), 0);
  deadlines_.expect(std::max(deadline, now + Duration(1)));
  return true;
}

bool LeaseCoordinator::needs_the_absent() const {
  return !begun_ || attendance_.here() == 0 || !book_.failed_steps().groups().empty();
}

void LeaseCoordinator::lose(WorkerIndex worker, Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  ++account.times_lost;
  if (const Lease* in_work = book_.first(worker)) {
    account.lost_lease = in_work->id;
    account.lost_pass = in_work->pass;
  }
  count_redone(worker);
  give_up_leases(worker, WorkerLife::lost, book_.take_back_from_the_silent(worker, out), now, out);
}

void LeaseCoordinator::count_redone(WorkerIndex worker) {
  if (const Lease* in_work = book_.first(worker)) {
    accounts_[worker].begun = std::min(options_.step_samples, in_work->held().samples());
  }
}

// It had held `returned` samples, which have been taken back.
void LeaseCoordinator::give_up_leases(WorkerIndex worker, WorkerLife life, std::int64_t returned,
                                      Instant now, Outbox& out) {
  cluster_.set_trimming(worker, false);
  cluster_.set_alive(worker, false);
  attendance_.become(worker, life);
  cluster_.set_silent_since(worker, now);
  if (attendance_.here() == 0) awaits_the_absent(now);
  out.emplace_back(Event{now, rank_of(worker), EventKind::lost, 0, 0, returned});
  if (is_stopping_) {
    end_checkpoints_without(worker, now, out);
  } else {
    void_checkpoints(checkpoints_.lose(worker), worker, now, out);
  }
}

// A lost worker speaks: whatever it still holds is void, and it needs work.
void LeaseCoordinator::welcome_back(WorkerIndex worker, Instant now, Outbox& out) {
  attendance_.become(worker, WorkerLife::working);
  cluster_.set_asking(worker, true);
  cluster_.set_trimmable(worker, true);
  accounts_[worker].asked_at = now;
  accounts_[worker].begun = 0;  // it tells of what it has done
  cluster_.set_alive(worker, true);
  send(worker, Fence{book_.newest(worker)}, out);
  if (finished_) {
    send(worker, Finish{end()}, out);
    expect_word(worker, now);
  }
}

// ---- silence

// Does it hold something, or has it never spoken, or is only its request or its farewell missing?
bool LeaseCoordinator::owes_a_word(WorkerIndex worker) const {
  const WorkerLife life = attendance_.of(worker);
  if (life == WorkerLife::absent) return needs_the_absent();
  if (!attendance_.is_here(worker)) return false;
  if (finished_ || life == WorkerLife::starting || life == WorkerLife::emptied ||
      life == WorkerLife::away || life == WorkerLife::outrun) {
    return true;
  }
  return cluster_.worker(worker).held_leases > 0;
}

Duration LeaseCoordinator::patience(WorkerIndex worker) const {
  const WorkerAccount& account = accounts_[worker];
  if (finished_) return deadlines_.farewell_patience() + account.pause;
  if (attendance_.of(worker) == WorkerLife::away) return longest_absence;
  const WorkerLoad& load = cluster_.worker(worker);
  Duration step = account.longest_step;
  if (load.first_rate > 0 && load.held_samples > 0) {
    // Its next step may be far more expensive than those it has done.
    const Lease& lease = *book_.first(worker);
    const std::int64_t next = std::min(options_.step_samples, lease.held().samples());
    const double cost = lease.away * book_.pool().cost(lease.pass, {lease.done, lease.done + next});
    const double step_s = load.model.measured() ? load.model.seconds(1, cost)
                                                : to_seconds(step) * cost / load.first_cost;
    step = std::max(step, from_seconds(step_s));
  }
  return deadlines_.patience(step, account.times_lost) + account.pause;
}

void LeaseCoordinator::expect_word(WorkerIndex worker, Instant now) {
  if (!deadlines_.looks_soon(now)) deadlines_.expect(now + patience(worker));
}

void LeaseCoordinator::lose_the_silent(Instant now, Outbox& out) {
  deadlines_.begin_look(now);
  for (const WorkerIndex worker : accounts_.indices()) {
    if (!owes_a_word(worker)) continue;
    const Instant since = deadlines_.silence_counts_from(cluster_.worker(worker).silent_since);
    const Instant deadline = since + patience(worker);
    if (now < deadline) {
      deadlines_.expect(deadline);
    } else if (attendance_.of(worker) == WorkerLife::closing) {
      attendance_.become(worker, WorkerLife::finished);
      send(worker, Closed{}, out);
      end_checkpoints_without(worker, now, out);
    } else {
      lose(worker, now, out);
    }
  }
  complete_checkpoints_without_the_lost(now, out);
}

// Once all are lost that are: a lost contributor voids a checkpoint.
void LeaseCoordinator::complete_checkpoints_without_the_lost(Instant now, Outbox& out) {
  while (complete_checkpoint(std::nullopt, now, out)) {
  }
}

}  // namespace evenkeel

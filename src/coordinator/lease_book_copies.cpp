// Where a step may be done twice: its copies, which are nowhere in the book until they win.
#include <algorithm>

#include "coordinator/lease_book.h"

namespace evenkeel {

std::optional<LeaseBook::NextStep> LeaseBook::copyable(WorkerIndex holder) const {
  const Lease* lease = first(holder);
  if (lease == nullptr || lease->retry || copies_.in(lease->id) || copies_.of(lease->id) ||
      copies_.is_forbidden(lease->pass, lease->done)) {
    return std::nullopt;
  }
  const std::int64_t to_grid = step_samples_ - lease->done.value() % step_samples_;
  const Interval step{lease->done, std::min(lease->done + to_grid, lease->interval.end)};
  return NextStep{lease->pass, step, cost_of(*lease, step)};
}

LeaseId LeaseBook::grant_copy(WorkerIndex copier, WorkerIndex holder, const FreePool::Piece& step) {
  const LeaseId original = first(holder)->id;
  const LeaseId id = grant(copier, step, std::nullopt);
  copies_.add({holder, original, copier, id});
  return id;
}

// The winner has done something of the step: its lease has it from now on.
void LeaseBook::end_race(LeaseId winner, Outbox& out) {
  if (copies_.empty()) return;
  if (const auto copy = copies_.in(winner)) {
    const Interval step = promote(*copy, std::nullopt, out);
    outrun_.push_back({copy->holder, copy->original, step});
  } else if (const auto beaten = copies_.of(winner)) {
    outrun_.push_back({beaten->copier, beaten->lease, drop(*beaten)});
  }
}

// Returns the step.
Interval LeaseBook::drop(const StepCopies::Copy& copy) {
  const Lease& lease = *find(copy.copier, copy.lease);
  const Interval step = lease.held();
  cluster_.take_back(copy.copier, step.samples(), lease.held_cost);
  cluster_.end_lease(copy.copier, 0);
  leases_.remove(copy.copier, copy.lease);
  copies_.remove(copy);
  return step;
}

// The copier's lease is one like others from now on; the holder's goes on behind the step. Returns
// the step.
Interval LeaseBook::promote(const StepCopies::Copy& copy, const std::optional<Attempts>& retry,
                            Outbox& out) {
  Lease& lease = *leases_.find(copy.copier, copy.lease);
  Lease& original = *leases_.find(copy.holder, copy.original);
  const Interval step = lease.held();
  lease.retry = retry;
  tell_done(copy.holder, original, out);
  const double cost = std::min(original.held_cost, cost_of(original, step));
  original.held_cost -= cost;
  original.interval.begin = original.done = step.end;
  cluster_.take_back(copy.holder, step.samples(), cost);
  copies_.remove(copy);
  close_if_done(copy.holder, original, out);
  return step;
}

}  // namespace evenkeel

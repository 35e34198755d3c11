// The coordinator's figures, and the check that they and its books agree.
#include <algorithm>
#include <utility>
#include <vector>

#include "balance/largest_steps.h"
#include "coordinator/lease_coordinator.h"
#include "coordinator/work_survey.h"

namespace evenkeel {

JobRecord LeaseCoordinator::job() const {
  JobRecord record = job_;
  // A worker that waits at the end could have worked at the speed it had.
  CapacityTimeline capacity = capacity_;
  for (const WorkerIndex worker : accounts_.indices()) {
    const WorkerRecord& account = accounts_[worker].record;
    if (account.state == WorkerState::lost) continue;
    capacity.add(account.last_end, record.last_end, cluster_.worker(worker).rate);
  }
  record.bound_s = capacity.time_of_s(record.cost_done);
  // Of a job that goes on with another, the largest steps may have been done before.
  if (record.samples_done < record.samples || !options_.done.empty()) return record;
  std::vector<double> speeds;
  speeds.reserve(static_cast<std::size_t>(accounts_.size()));
  for (const WorkerAccount& account : accounts_) speeds.push_back(account.highest_speed);
  record.bound_s =
      std::max(record.bound_s, time_of_largest_steps_s(largest_steps_, std::move(speeds)));
  return record;
}

WorkerRecord LeaseCoordinator::worker(Rank rank) const {
  const WorkerIndex worker = index_of(rank, options_.first_worker);
  WorkerRecord record = accounts_[worker].record;
  const double busy_s = to_seconds(record.busy);
  record.speed = busy_s > 0 ? record.cost / busy_s : 0;
  record.speed_noise = cluster_.worker(worker).model.noise();
  return record;
}

std::vector<Span> LeaseCoordinator::open_spans() const {
  std::vector<Span> spans;
  for (const HeldLease& held : held_leases(leases_)) {
    const Lease& lease = *held.lease;
    if (lease.done == lease.interval.begin) continue;
    const Interval done{lease.interval.begin, lease.done};
    spans.push_back(
        {lease.pass, done, rank_of(held.worker), lease.id, lease.first_start, lease.last_end});
  }
  return spans;
}

DoneWork LeaseCoordinator::done_work() const {
  DoneWork work = evenkeel::done_work(pool_, leases_, failed_steps_);
  work.take_out(set_aside_, pool_.epoch_samples());
  return work;
}

void LeaseCoordinator::check_invariants() const {
  check_tiling(pool_, leases_, failed_steps_, cluster_);
}

}  // namespace evenkeel

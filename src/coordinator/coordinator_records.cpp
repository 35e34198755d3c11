// The coordinator's figures, and the check that they and its books agree.
#include <algorithm>
#include <utility>
#include <vector>

#include "balance/largest_steps.h"
#include "coordinator/coordinator.h"
#include "core/check.h"

namespace evenkeel {

JobRecord Coordinator::job() const {
  JobRecord record = job_;
  // A worker that waits at the end could have worked at the speed it had.
  CapacityTimeline capacity = capacity_;
  for (int worker = 0; worker < options_.workers; ++worker) {
    const WorkerRecord& account = accounts_[static_cast<std::size_t>(worker)].record;
    if (account.state == WorkerState::lost) continue;
    capacity.add(account.last_end, record.last_end, cluster_.worker(worker).rate);
  }
  record.bound_s = capacity.time_of_s(record.cost_done);
  if (record.samples_done < record.samples) return record;
  std::vector<double> speeds;
  speeds.reserve(accounts_.size());
  for (const WorkerAccount& account : accounts_) speeds.push_back(account.highest_speed);
  record.bound_s =
      std::max(record.bound_s, time_of_largest_steps_s(largest_steps_, std::move(speeds)));
  return record;
}

WorkerRecord Coordinator::worker(Rank rank) const {
  const int worker = rank.value() - options_.first_worker.value();
  WorkerRecord record = accounts_[static_cast<std::size_t>(worker)].record;
  const double busy_s = to_seconds(record.busy);
  record.speed = busy_s > 0 ? record.cost / busy_s : 0;
  record.speed_noise = cluster_.worker(worker).model.noise();
  return record;
}

void Coordinator::check_invariants() const {
  std::int64_t held_samples = 0;
  std::int32_t held_leases = 0;
  std::vector<Interval> parts;
  for (const Epoch epoch : pool_.live_epochs()) {
    parts = pool_.free_intervals(epoch);
    for (int worker = 0; worker < options_.workers; ++worker) {
      for (const Lease* lease = leases_.first(worker); lease != nullptr;
           lease = leases_.first(worker, LeaseId(lease->id.value() + 1))) {
        if (lease->epoch != epoch) continue;
        EVENKEEL_CHECK(cluster_.worker(worker).alive && !lease->held().empty());
        parts.push_back(lease->held());
        held_samples += lease->held().samples();
        ++held_leases;
      }
    }
    for (const FailedSteps::Group& group : failed_steps_.groups()) {
      if (group.epoch != epoch) continue;
      const auto failed = group.steps.intervals();
      parts.insert(parts.end(), failed.begin(), failed.end());
    }
    std::sort(parts.begin(), parts.end(),
              [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
    std::int64_t undone = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      EVENKEEL_CHECK(i == 0 || parts[i - 1].end <= parts[i].begin);
      undone += parts[i].samples();
    }
    EVENKEEL_CHECK(undone == pool_.undone(epoch));
  }
  EVENKEEL_CHECK(held_leases == cluster_.held_leases());
  std::int64_t known_held = 0;
  for (int worker = 0; worker < options_.workers; ++worker) {
    known_held += cluster_.worker(worker).held_samples;
  }
  EVENKEEL_CHECK(held_samples == known_held);
}

}  // namespace evenkeel

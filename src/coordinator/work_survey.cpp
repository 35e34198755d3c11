#include "coordinator/work_survey.h"

#include <cstdint>

#include "core/check.h"

namespace evenkeel {
namespace {

void add(Interval interval, IntervalSet& set) {
  const bool is_new = set.insert(interval);
  EVENKEEL_CHECK(is_new);
}

// What is free, held or to be tried again of a live epoch; stops the program if something is there
// twice.
IntervalSet undone(Pass pass, const FreePool& pool, const std::vector<HeldLease>& held,
                   const FailedSteps& failed) {
  IntervalSet set;
  for (const Interval& interval : pool.free_intervals(pass)) add(interval, set);
  for (const HeldLease& one : held) {
    if (one.lease->pass == pass) add(one.lease->held(), set);
  }
  for (const FailedSteps::Group& group : failed.groups()) {
    if (group.pass != pass) continue;
    for (const Interval& interval : group.steps.intervals()) add(interval, set);
  }
  return set;
}

}  // namespace

std::vector<HeldLease> held_leases(const LeaseTable& leases) {
  std::vector<HeldLease> held;
  for (const WorkerIndex worker : leases.workers()) {
    for (const Lease* lease = leases.first(worker); lease != nullptr;
         lease = leases.first(worker, LeaseId(lease->id.value() + 1))) {
      held.push_back({worker, lease});
    }
  }
  return held;
}

DoneWork done_work(const FreePool& pool, const LeaseTable& leases, const FailedSteps& failed) {
  const std::vector<HeldLease> held = held_leases(leases);
  DoneWork work{pool.whole_epochs(), pool.parts_of_later_epochs()};
  for (const Pass pass : pool.live_passes()) {
    IntervalSet done;
    const Interval whole{Position(0), Position(pool.epoch_samples())};
    for (const Interval& gap : undone(pass, pool, held, failed).gaps(whole)) add(gap, done);
    if (!done.empty()) work.parts.emplace(pass, std::move(done));
  }
  return work;
}

void check_tiling(const FreePool& pool, const LeaseTable& leases, const FailedSteps& failed,
                  const Cluster& cluster) {
  const std::vector<HeldLease> held = held_leases(leases);
  for (const Pass pass : pool.live_passes()) {
    EVENKEEL_CHECK(undone(pass, pool, held, failed).samples() == pool.undone(pass));
  }
  PerWorker<std::int64_t> samples(cluster.workers(), 0);
  for (const HeldLease& one : held) {
    EVENKEEL_CHECK(cluster.worker(one.worker).alive && !one.lease->held().empty());
    samples[one.worker] += one.lease->held().samples();
  }
  for (const WorkerIndex worker : leases.workers()) {
    EVENKEEL_CHECK(samples[worker] == cluster.worker(worker).held_samples);
  }
  EVENKEEL_CHECK(static_cast<std::int32_t>(held.size()) == cluster.held_leases());
}

}  // namespace evenkeel

#include "balance/pull_policies.h"

#include <algorithm>

namespace evenkeel {

StaticPolicy::StaticPolicy(const Cluster& cluster)
    : shares_had_(cluster.workers(), 0), askers_(cluster.workers()) {}

void StaticPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  if (load.alive && load.asking) {
    askers_.set(worker, shares_had_[worker]);
  } else {
    askers_.remove(worker);
  }
}

std::optional<Assignment> StaticPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  const FreeWork& free = cluster.free_work();
  while (true) {
    const std::optional<WorkerIndex> asker = askers_.winner();
    if (!asker) return std::nullopt;
    const WorkerIndex worker = *asker;
    std::int32_t& had = shares_had_[worker];
    if (had <= free.front_pass.epoch.value()) {
      had = free.front_pass.epoch.value() + 1;
      const std::int64_t samples = share(cluster, worker);
      if (samples > 0) return Assignment{worker, samples};
      askers_.set(worker, had);  // fewer steps than workers: none for this one
      continue;
    }
    // Every asker has had its share. The rest belongs to workers that have not asked yet, or was
    // left by lost ones.
    for (const WorkerIndex other : cluster.indices()) {
      const bool due = shares_had_[other] <= free.front_pass.epoch.value();
      if (due && cluster.worker(other).alive && share(cluster, other) > 0) return std::nullopt;
    }
    const std::int64_t step = cluster.shape().step_samples;
    const std::int64_t steps = (free.samples + step - 1) / step;
    return Assignment{worker, (steps + cluster.alive() - 1) / cluster.alive() * step};
  }
}

// Shares differ by one step at most.
std::int64_t StaticPolicy::share(const Cluster& cluster, WorkerIndex worker) const {
  const std::int64_t step = cluster.shape().step_samples;
  const std::int64_t steps = (cluster.shape().samples + step - 1) / step;
  const std::int64_t workers = cluster.workers();
  return (steps / workers + (worker.value() < steps % workers ? 1 : 0)) * step;
}

}  // namespace evenkeel

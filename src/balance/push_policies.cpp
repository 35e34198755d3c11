#include "balance/push_policies.h"

#include <algorithm>
#include <limits>

namespace evenkeel {
namespace {

constexpr std::int64_t chunks_a_worker = 64;
constexpr std::int64_t outstanding_a_worker = 2;

}  // namespace

std::optional<Assignment> PushPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  if (cluster.held_leases() >= outstanding_a_worker * cluster.alive()) return std::nullopt;
  const std::int64_t chunks = chunks_a_worker * cluster.workers();
  const std::int64_t samples =
      std::max(cluster.shape().step_samples, (cluster.shape().samples + chunks - 1) / chunks);
  return Assignment{choose(cluster), samples};
}

WorkerIndex RandomPolicy::choose(const Cluster& cluster) {
  while (true) {
    const auto workers = static_cast<std::uint64_t>(cluster.workers());
    const WorkerIndex worker(static_cast<std::int32_t>(random_.below(workers)));
    if (cluster.worker(worker).alive) return worker;
  }
}

WorkerIndex RoundRobinPolicy::choose(const Cluster& cluster) {
  do {
    last_ = WorkerIndex((last_.value() + 1) % cluster.workers());
  } while (!cluster.worker(last_).alive);
  return last_;
}

LeastPolicy::LeastPolicy(Figure figure, const Cluster& cluster)
    : figure_(figure), measured_(cluster.workers()), unmeasured_(cluster.workers()) {
  for (const WorkerIndex worker : cluster.indices()) changed(cluster, worker);
}

void LeastPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  measured_.remove(worker);
  unmeasured_.remove(worker);
  const WorkerLoad& load = cluster.worker(worker);
  if (!load.alive) return;
  const double cost = figure_ == Figure::outstanding_time ? load.held_cost : load.assigned_cost;
  const double rate = figure_ == Figure::assigned_by_weight ? load.weight : load.rate;
  if (rate > 0) {
    // Not even a tiny rate makes a live worker one without a key.
    measured_.set(worker, std::min(cost / rate, std::numeric_limits<double>::max()));
  } else {
    unmeasured_.set(worker, cost);
  }
}

WorkerIndex LeastPolicy::choose(const Cluster& cluster) {
  const std::optional<WorkerIndex> measured = measured_.winner();
  const std::optional<WorkerIndex> unmeasured = unmeasured_.winner();
  if (!measured) return unmeasured.value();
  if (!unmeasured) return *measured;
  const double mean_rate = cluster.total_rate() / cluster.alive();
  const bool is_sooner = unmeasured_.key(*unmeasured) / mean_rate < measured_.key(*measured);
  return is_sooner ? *unmeasured : *measured;
}

}  // namespace evenkeel

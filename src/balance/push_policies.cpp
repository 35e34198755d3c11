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

int RandomPolicy::choose(const Cluster& cluster) {
  while (true) {
    const auto worker =
        static_cast<int>(random_.below(static_cast<std::uint64_t>(cluster.workers())));
    if (cluster.worker(worker).alive) return worker;
  }
}

int RoundRobinPolicy::choose(const Cluster& cluster) {
  while (!cluster.worker(next_).alive) next_ = (next_ + 1) % cluster.workers();
  const int worker = next_;
  next_ = (next_ + 1) % cluster.workers();
  return worker;
}

LeastPolicy::LeastPolicy(Figure figure, const Cluster& cluster)
    : figure_(figure), measured_(cluster.workers()), unmeasured_(cluster.workers()) {
  for (int worker = 0; worker < cluster.workers(); ++worker) changed(cluster, worker);
}

void LeastPolicy::changed(const Cluster& cluster, int worker) {
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

int LeastPolicy::choose(const Cluster& cluster) {
  const int measured = measured_.winner();
  const int unmeasured = unmeasured_.winner();
  if (measured == WinnerTree::none) return unmeasured;
  if (unmeasured == WinnerTree::none) return measured;
  const double mean_rate = cluster.total_rate() / cluster.alive();
  return unmeasured_.key(unmeasured) / mean_rate < measured_.key(measured) ? unmeasured : measured;
}

}  // namespace evenkeel

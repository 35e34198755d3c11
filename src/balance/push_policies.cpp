#include "balance/push_policies.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr std::int64_t chunks_a_worker = 64;
constexpr std::int64_t outstanding_a_worker = 2;

}  // namespace

std::optional<Assignment> PushPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  if (cluster.alive() == 0) return std::nullopt;
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
    : figure_(figure), least_(cluster.workers()) {
  for (int worker = 0; worker < cluster.workers(); ++worker) changed(cluster, worker);
}

void LeastPolicy::changed(const Cluster& cluster, int worker) {
  if (cluster.worker(worker).alive) {
    least_.set(worker, value(cluster, worker));
  } else {
    least_.remove(worker);
  }
}

int LeastPolicy::choose(const Cluster& /*cluster*/) { return least_.winner(); }

double LeastPolicy::value(const Cluster& cluster, int worker) const {
  const WorkerLoad& load = cluster.worker(worker);
  if (figure_ == Figure::assigned_by_weight) return load.assigned_cost / load.weight;
  // Not measured yet: as fast as the others on average, or all alike.
  const double mean_rate = cluster.alive() > 0 ? cluster.total_rate() / cluster.alive() : 0;
  const double rate = load.rate > 0 ? load.rate : mean_rate > 0 ? mean_rate : 1;
  return (figure_ == Figure::assigned_by_speed ? load.assigned_cost : load.held_cost) / rate;
}

}  // namespace evenkeel

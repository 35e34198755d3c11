#include "balance/chunk_policy.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {

void ChunkPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  if (!load.alive || !load.asking) {
    askers_.remove(worker);
  } else if (!askers_.contains(worker)) {
    askers_.set(worker, ++requests_);
  }
}

std::optional<Assignment> ChunkPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  const std::optional<WorkerIndex> worker = askers_.winner();
  if (!worker) return std::nullopt;
  const auto most = static_cast<double>(free_steps(cluster));
  const double steps = std::clamp(std::round(chunk(cluster, *worker)), 1.0, most);
  return Assignment{*worker, static_cast<std::int64_t>(steps) * cluster.shape().step_samples};
}

std::int64_t ChunkPolicy::free_steps(const Cluster& cluster) {
  const std::int64_t step = cluster.shape().step_samples;
  return (cluster.free_work().samples + step - 1) / step;
}

std::int64_t ChunkPolicy::half_share(const Cluster& cluster) {
  const std::int64_t chunks = 2 * std::int64_t{cluster.alive()};
  return (free_steps(cluster) + chunks - 1) / chunks;
}

}  // namespace evenkeel

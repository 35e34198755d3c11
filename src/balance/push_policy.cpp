#include "balance/push_policy.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace evenkeel {
namespace {

constexpr std::int64_t chunks_per_worker = 64;
constexpr std::int64_t outstanding_per_worker = 2;

}  // namespace

PushPolicy::PushPolicy(std::unique_ptr<Selector> selector, const Cluster& cluster)
    : selector_(std::move(selector)) {
  for (const WorkerIndex worker : cluster.indices()) changed(cluster, worker);
}

void PushPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  selector_->update(worker, cluster.worker(worker));
}

std::optional<Assignment> PushPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  if (cluster.held_leases() >= outstanding_per_worker * cluster.alive()) return std::nullopt;
  const std::int64_t chunks = chunks_per_worker * cluster.workers();
  const std::int64_t samples =
      std::max(cluster.shape().step_samples, (cluster.shape().samples + chunks - 1) / chunks);
  return Assignment{selector_->select(cluster.total_rate() / cluster.alive()), samples};
}

}  // namespace evenkeel

#include "balance/push_policy.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace evenkeel {
namespace {

constexpr std::int64_t chunks_per_worker = 64;
constexpr std::int64_t outstanding_per_worker = 2;

// The idlest of those that ask, if one does.
std::optional<WorkerIndex> asker(const Cluster& cluster) {
  std::optional<WorkerIndex> best;
  for (const WorkerIndex worker : cluster.indices()) {
    const WorkerLoad& load = cluster.worker(worker);
    if (!load.alive || !load.asking) continue;
    if (!best || load.held_samples < cluster.worker(*best).held_samples) best = worker;
  }
  return best;
}

}  // namespace

PushPolicy::PushPolicy(std::unique_ptr<Selector> selector, const Cluster& cluster)
    : selector_(std::move(selector)), is_held_off_(cluster.workers(), false) {
  for (const WorkerIndex worker : cluster.indices()) changed(cluster, worker);
}

void PushPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  const bool was_held_off = is_held_off_[worker];
  is_held_off_[worker] = load.alive && load.doubted && !load.asking;
  held_off_ += (is_held_off_[worker] ? 1 : 0) - (was_held_off ? 1 : 0);
  selector_->update(worker, load);
}

std::optional<Assignment> PushPolicy::assign(const Cluster& cluster, Instant /*now*/) {
  if (cluster.held_leases() >= outstanding_per_worker * cluster.alive()) return std::nullopt;
  const std::int64_t chunks = chunks_per_worker * cluster.workers();
  const std::int64_t samples =
      std::max(cluster.shape().step_samples, (cluster.shape().samples + chunks - 1) / chunks);
  const std::optional<WorkerIndex> worker =
      held_off_ > 0 ? asker(cluster)
                    : std::optional(selector_->select(cluster.total_rate() / cluster.alive()));
  return worker ? std::optional(Assignment{*worker, samples}) : std::nullopt;
}

}  // namespace evenkeel

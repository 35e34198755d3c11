#include "balance/chunk_sequences.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {

double GuidedPolicy::chunk(const Cluster& cluster, WorkerIndex /*worker*/) {
  const std::int64_t workers = cluster.alive();
  const std::int64_t steps = (free_steps(cluster) + workers - 1) / workers;
  return static_cast<double>(steps);
}

double TrapezoidPolicy::chunk(const Cluster& cluster, WorkerIndex /*worker*/) {
  const std::int64_t steps = free_steps(cluster);
  if (steps > free_steps_) begin(steps, half_share(cluster));
  free_steps_ = steps;
  const double size = next_;
  next_ = std::max(1.0, next_ - decrement_);
  return size;
}

void TrapezoidPolicy::begin(std::int64_t steps, std::int64_t first) {
  const std::int64_t chunks = (2 * steps + first) / (first + 1);
  next_ = static_cast<double>(first);
  decrement_ = first == 1 ? 0 : static_cast<double>(first - 1) / static_cast<double>(chunks - 1);
  // Published sequences shrink by whole iterations; below one they would not shrink at all.
  if (decrement_ >= 1) decrement_ = std::floor(decrement_);
}

double FactoringPolicy::chunk(const Cluster& cluster, WorkerIndex worker) {
  if (left_ == 0) {
    chunk_ = half_share(cluster);
    left_ = chunk_ * cluster.alive();
    begin_batch(cluster);
  }
  const double weighted = std::round(weight(worker) * static_cast<double>(chunk_));
  const double steps = std::clamp(weighted, 1.0, static_cast<double>(left_));
  left_ -= static_cast<std::int64_t>(steps);
  return steps;
}

WeightedFactoringPolicy::WeightedFactoringPolicy(const Cluster& cluster)
    : FactoringPolicy(cluster), weights_(cluster.workers()) {
  for (const WorkerIndex worker : cluster.indices()) {
    weights_.set(worker, cluster.worker(worker).weight);
  }
}

void WeightedFactoringPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  FactoringPolicy::changed(cluster, worker);
  const WorkerLoad& load = cluster.worker(worker);
  if (load.alive) {
    weights_.set(worker, load.weight);
  } else {
    weights_.remove(worker);
  }
}

}  // namespace evenkeel

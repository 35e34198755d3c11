#include "balance/adaptive_factoring.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evenkeel {

ReportedWork::News ReportedWork::update(const WorkerLoad& load) {
  return {load.steps_done - std::exchange(steps_, load.steps_done),
          load.busy_s - std::exchange(busy_s_, load.busy_s),
          load.held_leases < std::exchange(leases_, load.held_leases),
          load.times_forgotten != std::exchange(times_forgotten_, load.times_forgotten)};
}

MeasuredWeights::MeasuredWeights(std::int32_t workers) : histories_(workers), speeds_(workers) {}

void MeasuredWeights::History::add(const ReportedWork::News& news) {
  weighted_s += chunk * news.busy_s;
  weighted_steps += chunk * static_cast<double>(news.steps);
  if (news.chunk_ended) ++chunk;
}

bool MeasuredWeights::changed(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  History& history = histories_[worker];
  const ReportedWork::News news = history.work.update(load);
  if (news.is_anew) {
    history = {history.work};
  } else {
    history.add(news);
  }
  if (!load.alive || news.is_anew) {
    speeds_.remove(worker);
  } else if (load.asking && history.weighted_s > 0) {
    speeds_.set(worker, history.weighted_steps / history.weighted_s);
  }
  return news.is_anew;
}

BatchAwfPolicy::BatchAwfPolicy(const Cluster& cluster)
    : FactoringPolicy(cluster), measured_(cluster.workers()), weights_(cluster.workers(), 1.0) {}

void BatchAwfPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  FactoringPolicy::changed(cluster, worker);
  if (measured_.changed(cluster, worker)) weights_[worker] = 1;
}

// O(P), each time half of the remaining work has been handed out.
void BatchAwfPolicy::begin_batch(const Cluster& cluster) {
  for (const WorkerIndex worker : cluster.indices()) {
    weights_[worker] = measured_.weight(worker);
  }
}

ChunkAwfPolicy::ChunkAwfPolicy(const Cluster& cluster)
    : ChunkPolicy(cluster), measured_(cluster.workers()) {}

void ChunkAwfPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  ChunkPolicy::changed(cluster, worker);
  measured_.changed(cluster, worker);
}

double ChunkAwfPolicy::chunk(const Cluster& cluster, WorkerIndex worker) {
  return measured_.weight(worker) * static_cast<double>(half_share(cluster));
}

AdaptiveFactoringPolicy::AdaptiveFactoringPolicy(const Cluster& cluster)
    : ChunkPolicy(cluster),
      samples_(cluster.workers()),
      speeds_(cluster.workers()),
      dispersions_(cluster.workers()) {}

void AdaptiveFactoringPolicy::Sample::add(const ReportedWork::News& news) {
  const auto n = static_cast<double>(news.steps);
  const double deviation_s = news.busy_s / n - mean_s;
  ++reports;
  steps += n;
  mean_s += deviation_s * n / steps;
  squares += n * deviation_s * (news.busy_s / n - mean_s);
}

void AdaptiveFactoringPolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  ChunkPolicy::changed(cluster, worker);
  const WorkerLoad& load = cluster.worker(worker);
  Sample& sample = samples_[worker];
  const ReportedWork::News news = sample.work.update(load);
  if (news.is_anew) {
    sample.clear();
  } else if (news.steps > 0) {
    sample.add(news);
  }
  const bool enough = sample.reports >= 2 && sample.mean_s > 0;
  if (!load.alive || news.is_anew) {
    speeds_.remove(worker);
    dispersions_.remove(worker);
  } else if (enough && (load.asking || news.chunk_ended)) {
    speeds_.set(worker, 1 / sample.mean_s);
    const double variance = std::max(0.0, sample.squares) / (sample.reports - 1);
    dispersions_.set(worker, variance / sample.mean_s);
  }
  if (enough && news.chunk_ended) sample.clear();
}

double AdaptiveFactoringPolicy::chunk(const Cluster& cluster, WorkerIndex worker) {
  if (!speeds_.contains(worker)) return static_cast<double>(half_share(cluster));
  const double workers = cluster.alive();
  const double d = workers * dispersions_.mean();
  const double tr = static_cast<double>(free_steps(cluster)) / (workers * speeds_.mean());
  // The formula, rearranged to avoid cancellation.
  return 2 * tr * tr * speeds_.figure(worker) / (d + 2 * tr + std::sqrt(d * d + 4 * d * tr));
}

}  // namespace evenkeel

#include "coordinator/late_steps.h"

#include <algorithm>
#include <chrono>

namespace evenkeel {
namespace {

// Of the time until a step is expected to end, a copy takes at most this part: whoever loses has
// worked in vain.
constexpr double copy_share = 2.0 / 3;
// Of the time that a step is expected to last, as steps vary.
constexpr double late = 2;
// How often to look whether a step is late by now: this many times per step of the copier.
constexpr double looks_a_step = 8;
constexpr double shortest_recheck_s = 0.005;
// Looking at all workers takes time: at most about a hundredth of it.
constexpr Duration rest_a_worker = std::chrono::microseconds(2);

bool is_idle(const WorkerLoad& load) {
  return load.alive && load.asking && load.held_leases == 0 && !load.doubted;
}

// The idle worker with the shortest steps, of those of which that is known.
std::optional<WorkerIndex> fastest_idle(const Cluster& cluster) {
  std::optional<WorkerIndex> best;
  double best_rate = 0;
  for (const WorkerIndex worker : cluster.indices()) {
    if (!is_idle(cluster.worker(worker))) continue;
    const double rate = cluster.expected_rate(worker);
    if (rate <= best_rate) continue;
    best = worker;
    best_rate = rate;
  }
  return best;
}

// When the step that the worker is in is expected to end; none: it may have done it, and more,
// without having reported that yet.
std::optional<double> expected_end_s(const Cluster& cluster, WorkerIndex holder, double cost,
                                     double now_s) {
  const WorkerLoad& load = cluster.worker(holder);
  const double begin_s = to_seconds(load.working_since);
  const double since_s = now_s - begin_s;
  if (cluster.expected_rate(holder) == 0) return now_s + since_s;
  const double step_s = cluster.step_s(holder, cost);
  const double report_s = to_seconds(cluster.shape().report_interval);
  const bool reports_it = load.held_samples <= cluster.shape().step_samples || step_s >= report_s;
  const double late_s =
      late * (reports_it ? step_s : std::max(step_s, report_s) + to_seconds(load.lead));
  if (since_s >= late_s) return now_s + since_s;
  return reports_it ? std::optional(std::max(now_s, begin_s + step_s)) : std::nullopt;
}

}  // namespace

std::optional<LateSteps::Choice> LateSteps::choose(const Cluster& cluster, const LeaseBook& book,
                                                   Instant now) {
  reconsider_at_.reset();
  if (now < rest_until_) {
    reconsider_at_ = rest_until_;
    return std::nullopt;
  }
  rest_until_ = now + rest_a_worker * cluster.workers();
  const std::optional<WorkerIndex> copier = fastest_idle(cluster);
  if (!copier) return std::nullopt;
  const double now_s = to_seconds(now);
  double latest_s = now_s;
  std::optional<Choice> latest;
  bool is_any = false;
  for (const WorkerIndex holder : cluster.indices()) {
    if (cluster.worker(holder).held_samples == 0) continue;
    const std::optional<FreePool::Piece> step = book.copyable(holder);
    if (!step) continue;
    is_any = true;
    const auto end_s = expected_end_s(cluster, holder, step->cost, now_s);
    if (!end_s || *end_s <= latest_s) continue;
    latest_s = *end_s;
    latest = {*copier, holder, *step};
  }
  if (latest) {
    const double copy_s =
        to_seconds(cluster.worker(*copier).lead) + cluster.step_s(*copier, latest->step.cost);
    if (copy_s <= copy_share * (latest_s - now_s)) {
      rest_until_ = now;  // there may be more
      return latest;
    }
  }
  if (is_any) {
    const double step_s = cluster.step_s(*copier, cluster.mean_step_cost());
    const double wait_s = std::max(shortest_recheck_s, step_s / looks_a_step);
    reconsider_at_ = std::max(rest_until_, instant_at(now_s + wait_s));
  }
  return std::nullopt;
}

}  // namespace evenkeel

#include "coordinator/late_steps.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace evenkeel {
namespace {

// Of the time until a step is expected to end, a copy takes at most this part: whoever loses has
// worked in vain.
constexpr double copy_share = 2.0 / 3;
// Of the time that a step is expected to last, as steps vary.
constexpr double late = 2;
// For a worker that has not done a step yet, if there is none that has.
constexpr double unknown_step_s = 1;
// Between two looks at the same steps, in steps of the copier, at least.
constexpr double shortest_recheck_steps = 1.0 / 16;
// Looking at all workers takes time: at most about a hundredth of it.
constexpr Duration rest_a_worker = std::chrono::microseconds(2);

bool is_idle(const WorkerLoad& load) {
  return load.alive && load.asking && load.held_leases == 0 && !load.doubted;
}

// The idle worker with the shortest steps. Those of which they are not known come last.
std::optional<WorkerIndex> fastest_idle(const Cluster& cluster) {
  std::optional<WorkerIndex> best;
  double best_rate = -1;
  for (const WorkerIndex worker : cluster.indices()) {
    if (!is_idle(cluster.worker(worker))) continue;
    const double rate = cluster.expected_rate(worker);
    if (rate <= best_rate) continue;
    best = worker;
    best_rate = rate;
  }
  return best;
}

double copy_s(const Cluster& cluster, WorkerIndex copier, double cost) {
  if (cluster.expected_rate(copier) == 0) return unknown_step_s;
  return to_seconds(cluster.worker(copier).lead) + cluster.step_s(copier, cost);
}

// The step that a worker is in.
struct StepInWork {
  double begin_s = 0;                // or before
  std::optional<double> expected_s;  // how long it lasts; none: it may be done without a report
  double late_s = 0;  // once it has lasted so long, it is expected to last as long again

  // From `now_s` on; before it is late, at least as long as it is overdue.
  double left_s(double now_s) const {
    const double since_s = now_s - begin_s;
    if (since_s >= late_s) return since_s;
    return expected_s ? std::abs(*expected_s - since_s) : 0;
  }

  // When it will have so much left, if it has less now.
  double when_left_s(double left_s) const {
    const double late_at_s = begin_s + std::max(late_s, left_s);
    return expected_s ? std::min(late_at_s, begin_s + *expected_s + left_s) : late_at_s;
  }
};

StepInWork step_in_work(const Cluster& cluster, WorkerIndex holder, double cost) {
  const WorkerLoad& load = cluster.worker(holder);
  StepInWork step;
  step.begin_s = to_seconds(load.working_since);
  if (cluster.expected_rate(holder) == 0) return step;
  const double step_s = cluster.step_s(holder, cost);
  const double report_s = to_seconds(cluster.shape().report_interval);
  const bool is_last = load.held_samples <= cluster.shape().step_samples;
  if (is_last || step_s >= report_s) {  // one step is reported at a time
    step.expected_s = step_s;
    step.late_s = late * step_s;
  } else {
    step.late_s = late * (report_s + to_seconds(load.lead));
  }
  return step;
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
  double longest_s = 0;
  double next_s = std::numeric_limits<double>::infinity();
  std::optional<Choice> latest;
  for (const WorkerIndex holder : cluster.indices()) {
    if (cluster.worker(holder).held_samples == 0) continue;
    const std::optional<FreePool::Piece> step = book.copyable(holder);
    if (!step) continue;
    const StepInWork in_work = step_in_work(cluster, holder, step->cost);
    const double worth_s = copy_s(cluster, *copier, step->cost) / copy_share;
    const double left_s = in_work.left_s(now_s);
    next_s = std::min(next_s, in_work.when_left_s(worth_s));
    if (left_s < worth_s || left_s <= longest_s) continue;
    longest_s = left_s;
    latest = {*copier, holder, *step};
  }
  if (latest) {
    rest_until_ = now;  // there may be more
  } else if (next_s < std::numeric_limits<double>::infinity()) {
    const double step_s = copy_s(cluster, *copier, cluster.mean_step_cost());
    next_s = std::max(next_s, now_s + shortest_recheck_steps * step_s);
    reconsider_at_ = std::max(rest_until_, instant_at(next_s) + Duration(1));
  }
  return latest;
}

}  // namespace evenkeel

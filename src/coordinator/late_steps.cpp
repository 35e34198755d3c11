#include "coordinator/late_steps.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

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

bool is_known(const Cluster& cluster, WorkerIndex worker) {
  return cluster.expected_rate(worker) > 0;
}

double copy_s(const Cluster& cluster, WorkerIndex copier, double cost) {
  if (!is_known(cluster, copier)) return unknown_step_s;
  return to_seconds(cluster.worker(copier).lead) + cluster.step_s(copier, cost);
}

// A step, for a worker that would do it.
struct Copy {
  WorkerIndex copier;
  FreePool::Piece step;
  double end_s;  // until it would be done

  // Of the time that is left to its holder, the least.
  double worth_s() const { return end_s / copy_share; }
};

// Those with the shortest steps come first. Those of which they are not known come last.
class IdleWorkers {
 public:
  explicit IdleWorkers(const Cluster& cluster) : cluster_(cluster), taken_(cluster.workers()) {
    std::vector<std::pair<double, WorkerIndex>> idle;
    for (const WorkerIndex worker : cluster.indices()) {
      if (!is_idle(cluster.worker(worker))) continue;
      idle.emplace_back(-cluster.expected_rate(worker), worker);
    }
    std::ranges::sort(idle, std::greater());
    for (const auto& [rate, worker] : idle) {
      all_.push_back(worker);
      const std::int32_t home = cluster.worker(worker).home;
      if (home != Homes::none) at_home_[home].push_back(worker);
    }
  }

  std::optional<WorkerIndex> fastest() { return fastest(all_); }
  void take(WorkerIndex worker) { taken_[worker] = true; }

  // By the fastest, or by the fastest that has its data on its host.
  std::optional<Copy> best_copy(const LeaseBook& book, const LeaseBook::NextStep& step) {
    std::optional<Copy> best = copy_by(fastest(), book, step);
    if (!best || !best->step.is_away) return best;
    const auto neighbours = at_home_.find(book.pool().home_of(step.pass, step.interval.begin));
    if (neighbours == at_home_.end()) return best;
    const std::optional<Copy> near = copy_by(fastest(neighbours->second), book, step);
    return near && near->end_s < best->end_s ? near : best;
  }

 private:
  using Workers = std::vector<WorkerIndex>;  // the fastest is at the end

  std::optional<WorkerIndex> fastest(Workers& workers) const {
    while (!workers.empty() && taken_[workers.back()]) workers.pop_back();
    return workers.empty() ? std::nullopt : std::optional(workers.back());
  }

  std::optional<Copy> copy_by(std::optional<WorkerIndex> copier, const LeaseBook& book,
                              const LeaseBook::NextStep& step) const {
    if (!copier) return std::nullopt;
    const FreePool::Piece piece = book.piece_for(*copier, step);
    return Copy{*copier, piece, copy_s(cluster_, *copier, book.cost_there(*copier, piece))};
  }

  const Cluster& cluster_;
  PerWorker<bool> taken_;
  Workers all_;
  std::map<std::int32_t, Workers> at_home_;
};

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

struct HeldStep {
  WorkerIndex holder;
  LeaseBook::NextStep step;
  StepInWork in_work;
  double left_s;
};

// Those that are expected to end last come first.
std::vector<HeldStep> held_steps(const Cluster& cluster, const LeaseBook& book, Instant now) {
  std::vector<HeldStep> steps;
  for (const WorkerIndex holder : cluster.indices()) {
    if (cluster.worker(holder).held_samples == 0) continue;
    const std::optional<LeaseBook::NextStep> step = book.copyable(holder);
    if (!step) continue;
    const StepInWork in_work = step_in_work(cluster, holder, step->cost);
    steps.push_back({holder, *step, in_work, in_work.left_s(to_seconds(now))});
  }
  std::ranges::stable_sort(steps, std::greater(), &HeldStep::left_s);
  return steps;
}

// Until the worker is expected to be done with all that it holds; if it should be already, as much
// longer as it is overdue.
double busy_s(const Cluster& cluster, WorkerIndex worker, Instant now) {
  return std::abs(cluster.finish_s(worker) - to_seconds(now));
}

// Who may be a better copier than an idle worker: those that would have done a usual step first.
// They are looked at only once there is something to copy.
class BusyWorkers {
 public:
  BusyWorkers(const Cluster& cluster, const LeaseBook& book, Instant now)
      : cluster_(cluster), book_(book), now_(now), taken_(cluster.workers()) {}

  // By one that does not hold the step itself: if it would be done clearly sooner than by the idle
  // worker, or if nothing is known of that. The copy is the idle worker's otherwise.
  std::optional<Copy> better_copy(const HeldStep& held, const Copy& by_idle) {
    const std::optional<Copy> copy = best_copy(held);
    if (!copy) return std::nullopt;
    const double least_s = is_known(cluster_, by_idle.copier) ? by_idle.end_s : held.left_s;
    return copy->worth_s() <= least_s ? copy : std::nullopt;
  }

  void take(WorkerIndex worker) {
    taken_[worker] = true;
    while (!soonest_.empty() && taken_[soonest_.back().second]) soonest_.pop_back();
  }

 private:
  std::optional<Copy> best_copy(const HeldStep& held) {
    if (!std::exchange(has_looked_, true)) look();
    for (auto at = soonest_.rbegin(); at != soonest_.rend(); ++at) {
      const WorkerIndex worker = at->second;
      if (worker == held.holder || taken_[worker]) continue;
      const FreePool::Piece piece = book_.piece_for(worker, held.step);
      const double step_s = copy_s(cluster_, worker, book_.cost_there(worker, piece));
      return Copy{worker, piece, busy_s(cluster_, worker, now_) + step_s};
    }
    return std::nullopt;
  }

  void look() {
    for (const WorkerIndex worker : cluster_.indices()) {
      const WorkerLoad& load = cluster_.worker(worker);
      if (!load.alive || load.doubted || load.held_samples == 0) continue;
      if (!is_known(cluster_, worker)) continue;
      const double step_s = copy_s(cluster_, worker, cluster_.mean_step_cost());
      soonest_.emplace_back(busy_s(cluster_, worker, now_) + step_s, worker);
    }
    std::ranges::sort(soonest_, std::greater());
  }

  const Cluster& cluster_;
  const LeaseBook& book_;
  Instant now_;
  bool has_looked_ = false;
  PerWorker<bool> taken_;
  std::vector<std::pair<double, WorkerIndex>> soonest_;  // the soonest is at the end
};

}  // namespace

std::vector<LateSteps::Choice> LateSteps::choose(const Cluster& cluster, const LeaseBook& book,
                                                 Instant now) {
  reconsider_at_.reset();
  if (now < rest_until_) {
    reconsider_at_ = rest_until_;
    return {};
  }
  rest_until_ = now + rest_a_worker * cluster.workers();
  IdleWorkers idle(cluster);
  if (!idle.fastest()) return {};
  BusyWorkers busy(cluster, book, now);
  std::vector<Choice> choices;
  std::vector<HeldStep> others;
  double next_s = std::numeric_limits<double>::infinity();
  for (const HeldStep& held : held_steps(cluster, book, now)) {
    const std::optional<Copy> copy = idle.best_copy(book, held.step);
    if (!copy) return choices;
    if (held.left_s < copy->worth_s()) {
      others.push_back(held);
    } else if (const std::optional<Copy> better = busy.better_copy(held, *copy)) {
      next_s = std::min(next_s, to_seconds(now) + better->end_s);
      busy.take(better->copier);
    } else {
      choices.push_back({copy->copier, held.holder, copy->step});
      idle.take(copy->copier);
    }
  }
  const std::optional<WorkerIndex> copier = idle.fastest();
  if (!copier) return choices;
  for (const HeldStep& held : others) {
    const double worth_s = idle.best_copy(book, held.step)->worth_s();
    next_s = std::min(next_s, held.in_work.when_left_s(worth_s));
  }
  if (std::isinf(next_s)) return choices;
  const double step_s = copy_s(cluster, *copier, cluster.mean_step_cost());
  next_s = std::max(next_s, to_seconds(now) + shortest_recheck_steps * step_s);
  reconsider_at_ = std::max(rest_until_, instant_at(next_s) + Duration(1));
  return choices;
}

}  // namespace evenkeel

#include "coordinator/failed_steps.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

// A worker that has failed so many steps in a row, and done none since, may be the one at fault.
constexpr int doubtful_after = 3;

bool asks(const WorkerLoad& load) { return load.alive && load.asking; }

bool anybody_asks(const Cluster& cluster) {
  for (const WorkerIndex worker : cluster.indices()) {
    if (asks(cluster.worker(worker))) return true;
  }
  return false;
}

// Whether the worker would be done with a step more before the other: those that are idle first.
bool is_sooner(const Cluster& cluster, WorkerIndex worker, WorkerIndex other) {
  const auto lateness = [&](WorkerIndex index) {
    const WorkerLoad& load = cluster.worker(index);
    const bool is_busy = load.held_samples > 0;
    if (load.rate == 0) return std::pair(is_busy, std::numeric_limits<double>::infinity());
    const double step_s = cluster.mean_step_cost() / load.rate;
    return std::pair(is_busy, (is_busy ? cluster.finish_s(index) : 0) + step_s);
  };
  return lateness(worker) < lateness(other);
}

}  // namespace

FailedSteps::Suitability FailedSteps::suitability(const Attempts& attempts,
                                                  WorkerIndex worker) const {
  if (attempts.by(worker)) return has_failed_it;
  return failed_in_a_row_[worker] >= doubtful_after ? doubtful : fit;
}

void FailedSteps::add(Pass pass, Interval interval, const Attempts& attempts, double cost) {
  EVENKEEL_CHECK(!attempts.none() && !attempts.exhausted());
  if (interval.empty()) return;
  cost_ += cost;
  auto group = std::ranges::find_if(groups_, [&](const Group& candidate) {
    return candidate.pass == pass && candidate.attempts == attempts;
  });
  if (group == groups_.end()) {
    const auto place = std::ranges::upper_bound(groups_, pass, {}, &Group::pass);
    group = groups_.insert(place, {pass, attempts, {}});
  }
  const bool was_not_there = group->steps.insert(interval);
  EVENKEEL_CHECK(was_not_there);
}

std::optional<FailedSteps::Retry> FailedSteps::take(const Cluster& cluster,
                                                    const Attendance& attendance,
                                                    const FreePool& pool) {
  if (groups_.empty() || !anybody_asks(cluster)) return std::nullopt;
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    const std::optional<WorkerIndex> worker = taker(group->attempts, cluster, attendance);
    if (!worker) continue;
    // Steps that ended on the grid, or at the epoch's end: so do pieces of a run of them.
    const Position begin = group->steps.intervals().front().begin;
    const std::int64_t to_grid = step_samples_ - begin.value() % step_samples_;
    const Interval interval = group->steps.take_front(to_grid);
    const double cost = pool.cost(group->pass, interval);
    const Retry retry{*worker, {group->pass, interval, cost}, group->attempts};
    if (group->steps.empty()) groups_.erase(group);
    cost_ = groups_.empty() ? 0 : std::max(0.0, cost_ - cost);  // sums of rounded costs drift
    return retry;
  }
  return std::nullopt;
}

std::optional<WorkerIndex> FailedSteps::taker(const Attempts& attempts, const Cluster& cluster,
                                              const Attendance& attendance) const {
  std::array<std::optional<WorkerIndex>, suitabilities> asker;
  std::array<bool, suitabilities> will_ask{};
  for (const WorkerIndex worker : cluster.indices()) {
    const WorkerLoad& load = cluster.worker(worker);
    if (!load.alive) continue;
    const Suitability suits = suitability(attempts, worker);
    if (asks(load)) {
      std::optional<WorkerIndex>& best = asker[suits];
      if (!best || is_sooner(cluster, worker, *best)) best = worker;
    } else if (load.held_leases > 0 || attendance.of(worker) != WorkerLife::working) {
      // It has a deadline: it will ask or be lost. A worker without one is not waited for.
      will_ask[suits] = true;
    }
  }
  for (std::size_t suits = fit; suits < suitabilities; ++suits) {
    if (asker[suits] || will_ask[suits]) return asker[suits];
  }
  return std::nullopt;
}

}  // namespace evenkeel

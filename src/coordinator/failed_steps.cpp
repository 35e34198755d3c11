#include "coordinator/failed_steps.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

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

FailedSteps::Suitability FailedSteps::suitability(const Attempts& attempts, WorkerIndex worker,
                                                  bool is_free_work) const {
  if (attempts.by(worker)) return has_failed_it;
  const bool just_failed = is_free_work && failed_in_a_row_[worker] > 0;
  return is_doubtful(worker) || just_failed ? doubtful : fit;
}

void FailedSteps::add(Pass pass, Interval interval, const Attempts& attempts, double cost) {
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
                                                    const FreePool& pool, Instant now) {
  if (groups_.empty() || !anybody_asks(cluster)) return std::nullopt;
  const bool is_free_work = pool.view().samples > 0;
  const OtherWork other{is_free_work, is_free_work || cluster.held_leases() > 0};
  std::optional<Retry> retry = take(false, other, cluster, attendance, pool, now);
  if (!retry && !is_free_work) retry = take(true, other, cluster, attendance, pool, now);
  return retry;
}

// Of the steps that are tried last, or of the others.
std::optional<FailedSteps::Retry> FailedSteps::take(bool last, const OtherWork& other,
                                                    const Cluster& cluster,
                                                    const Attendance& attendance,
                                                    const FreePool& pool, Instant now) {
  std::optional<std::int32_t> workers;  // how many may ask: counted where it matters
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    if (group->attempts.is_last() != last) continue;
    const bool is_tried = group->attempts.tries() >= Attempts::most;
    if (is_tried && !workers) workers = how_many_may_ask(cluster, attendance, now);
    const bool is_enough = is_tried && group->attempts.enough(*workers);
    if (is_enough && other.is_any) continue;  // one of its workers may yet do another step
    const std::optional<WorkerIndex> worker =
        taker(group->attempts, is_enough, other.is_free, cluster, attendance);
    if (!worker) continue;
    const bool does_other_work_first =
        group->attempts.by(*worker) ? !is_doubtful(*worker) : failed_in_a_row_[*worker] > 0;
    if (other.is_free && does_other_work_first) continue;
    // Steps that ended on the grid, or at the epoch's end: so do pieces of a run of them.
    const Position begin = group->steps.intervals().front().begin;
    const std::int64_t to_grid = step_samples_ - begin.value() % step_samples_;
    const Interval interval = group->steps.take_front(to_grid);
    const std::int32_t home = cluster.worker(*worker).home;
    const Retry retry{*worker, pool.piece_for(home, group->pass, interval), group->attempts};
    if (group->steps.empty()) groups_.erase(group);
    take_cost(retry.piece.cost);
    return retry;
  }
  return std::nullopt;
}

std::vector<FailedSteps::Group> FailedSteps::take_proven(const Cluster& cluster,
                                                         const Attendance& attendance,
                                                         const FreePool& pool, Instant now,
                                                         Proof proof) {
  std::vector<Group> proven;
  const std::int32_t workers = how_many_may_ask(cluster, attendance, now);
  const auto is_cleared = [&](WorkerIndex worker) {
    return proof == Proof::none || is_able(worker) ||
           (proof == Proof::has_done_one && has_done_one_[worker]);
  };
  std::erase_if(groups_, [&](Group& group) {
    const bool is_proven =
        group.attempts.enough(workers) && std::ranges::any_of(group.attempts.workers(), is_cleared);
    if (is_proven) proven.push_back(std::move(group));
    return is_proven;
  });
  for (const Group& group : proven) {
    for (const Interval& interval : group.steps.intervals()) {
      take_cost(pool.cost(group.pass, interval));
    }
  }
  return proven;
}

void FailedSteps::recost(const FreePool& pool) {
  cost_ = 0;
  for (const Group& group : groups_) {
    for (const Interval& interval : group.steps.intervals()) {
      cost_ += pool.cost(group.pass, interval);
    }
  }
}

// Sums of rounded costs drift.
void FailedSteps::take_cost(double cost) {
  cost_ = groups_.empty() ? 0 : std::max(0.0, cost_ - cost);
}

std::optional<WorkerIndex> FailedSteps::taker(const Attempts& attempts, bool is_enough,
                                              bool is_free_work, const Cluster& cluster,
                                              const Attendance& attendance) const {
  std::array<std::optional<WorkerIndex>, suitabilities> asker;
  std::array<bool, suitabilities> others{};
  for (const WorkerIndex worker : cluster.indices()) {
    if (!will_ask(worker, cluster, attendance)) continue;
    if (is_enough && !can_add_to(attempts, worker)) continue;
    const Suitability suits = is_enough ? (is_able(worker) ? fit : doubtful)
                                        : suitability(attempts, worker, is_free_work);
    if (asks(cluster.worker(worker))) {
      std::optional<WorkerIndex>& best = asker[suits];
      if (!best || is_sooner(cluster, worker, *best)) best = worker;
    } else {
      others[suits] = true;
    }
  }
  for (std::size_t suits = fit; suits < suitabilities; ++suits) {
    if (asker[suits] || others[suits]) return asker[suits];
  }
  return std::nullopt;
}

bool FailedSteps::will_ask(WorkerIndex worker, const Cluster& cluster,
                           const Attendance& attendance) {
  const WorkerLife life = attendance.of(worker);
  const WorkerLoad& load = cluster.worker(worker);
  if (life == WorkerLife::working) return load.asking || load.held_leases > 0;
  return is_here(life) || life == WorkerLife::lost;
}

bool FailedSteps::may_ask(WorkerIndex worker, const Cluster& cluster, const Attendance& attendance,
                          Instant now) {
  if (will_ask(worker, cluster, attendance)) return true;
  return attendance.is_here(worker) && now < cluster.worker(worker).silent_since + just;
}

std::int32_t FailedSteps::how_many_may_ask(const Cluster& cluster, const Attendance& attendance,
                                           Instant now) {
  std::int32_t workers = 0;
  for (const WorkerIndex worker : cluster.indices()) {
    workers += may_ask(worker, cluster, attendance, now) ? 1 : 0;
  }
  return workers;
}

// To attempts that are enough.
bool FailedSteps::can_add_to(const Attempts& attempts, WorkerIndex worker) const {
  if (attempts.by(worker)) return false;
  return is_able(worker) || (!attempts.too_many() && failed_in_a_row_[worker] < doubtful_after);
}

bool FailedSteps::are_beyond_all(const Cluster& cluster, const Attendance& attendance,
                                 Instant now) const {
  const std::int32_t workers = how_many_may_ask(cluster, attendance, now);
  for (const Group& group : groups_) {
    if (!group.attempts.enough(workers)) return false;
  }
  bool may_any_ask = false;
  for (const WorkerIndex worker : cluster.indices()) {
    if (!may_ask(worker, cluster, attendance, now)) continue;
    may_any_ask = true;
    for (const Group& group : groups_) {
      if (can_add_to(group.attempts, worker)) return false;
    }
  }
  return may_any_ask;
}

bool FailedSteps::are_all_hopeless(const Cluster& cluster, const Attendance& attendance,
                                   Instant now) const {
  if (!failing_since_ || now < *failing_since_ + longest_without_a_step) return false;
  bool may_any_ask = false;
  for (const WorkerIndex worker : cluster.indices()) {
    if (!may_ask(worker, cluster, attendance, now)) continue;
    if (failed_in_a_row_[worker] < hopeless_after) return false;
    may_any_ask = true;
  }
  return may_any_ask;
}

}  // namespace evenkeel

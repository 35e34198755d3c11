#include "simulation/ideal_makespan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

bool hangs_at(const RankProfile& profile, Instant at) {
  return std::any_of(
      profile.hangs.begin(), profile.hangs.end(),
      [&](const RankProfile::Hang& hang) { return at >= hang.from && at < hang.to; });
}

void add_changes(const RankProfile& profile, std::vector<double>& changes) {
  for (const RankProfile::Phase& phase : profile.phases) changes.push_back(to_seconds(phase.from));
  for (const RankProfile::Hang& hang : profile.hangs) {
    changes.push_back(to_seconds(hang.from));
    changes.push_back(to_seconds(hang.to));
  }
  if (profile.dies_at) changes.push_back(to_seconds(*profile.dies_at));
}

// What a device's step takes in the mean, by how many it has done: in the warm-up, then in its
// usual time, then with its part of a pause. By the end of each round of steps between pauses that
// is exact; before, the device is not as far as it would be at that pace.
class StepPace {
 public:
  StepPace(const RankProfile& profile, double step_cost)
      : profile_(&profile), step_cost_(step_cost), work_(profile.work(step_cost)) {
    const RankProfile::Pauses& pauses = profile.pauses;
    const std::int64_t warm = profile.warm_up.factor == 1 ? 0 : profile.warm_up.steps;
    double done = 0;
    double now_s = 0;
    for (const std::int64_t begin :
         {std::int64_t{0}, std::min(warm, pauses.first), std::max(warm, pauses.first)}) {
      const auto steps = static_cast<double>(begin);
      if (begin > 0) now_s = when_done_s(now_s, steps - done);
      done = steps;
      stages_.push_back({now_s, begin < warm ? profile.warm_up.factor : 1,
                         pauses.every > 0 && begin >= pauses.first
                             ? to_seconds(pauses.length) / static_cast<double>(pauses.every)
                             : 0});
    }
  }

  // Of cost per second, unless it hangs or is dead.
  double rate(double at_s) const { return step_cost_ / step_s(at_s); }

  void add_changes(std::vector<double>& changes) const {
    for (const Stage& stage : stages_) {
      if (stage.begin_s > 0 && stage.begin_s < never) changes.push_back(stage.begin_s);
    }
  }

 private:
  struct Stage {
    double begin_s;
    double factor;
    double pause_s;
  };

  double step_s(double at_s) const {
    const auto next =
        std::upper_bound(stages_.begin(), stages_.end(), at_s,
                         [](double value, const Stage& stage) { return value < stage.begin_s; });
    const Stage& stage = *std::prev(next);
    const double plain_s =
        to_seconds(profile_->overhead) + work_ / profile_->speed_at(instant_at(at_s));
    return stage.factor * profile_->heavy_noise.mean() * plain_s + stage.pause_s;
  }

  // When it has done so many more steps, at the pace of the last stage.
  double when_done_s(double from_s, double steps) const {
    std::vector<double> changes;
    evenkeel::add_changes(*profile_, changes);
    std::sort(changes.begin(), changes.end());
    changes.push_back(never);
    for (const double until_s : changes) {
      if (until_s <= from_s) continue;
      if (!hangs_at(*profile_, instant_at(from_s))) {
        const double one_s = step_s(from_s);
        if (from_s + steps * one_s <= until_s) return from_s + steps * one_s;
        steps -= (until_s - from_s) / one_s;
      }
      from_s = until_s;
    }
    return never;
  }

  const RankProfile* profile_;
  double step_cost_;
  double work_;
  std::vector<Stage> stages_;
};

// When the work of all workers, in steps of `step_cost`, adds up to `cost`.
double time_of_all_s(const ClusterProfile& cluster, double cost, double step_cost) {
  // Between changes of any device, the cluster's speed is constant.
  std::vector<double> changes{0};
  std::vector<StepPace> paces;
  for (const RankProfile& profile : cluster.ranks) {
    add_changes(profile, changes);
    paces.emplace_back(profile, step_cost).add_changes(changes);
  }
  std::sort(changes.begin(), changes.end());
  changes.push_back(never);

  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    const Instant from = instant_at(changes[i]);
    double rate = 0;
    for (std::size_t k = 0; k < cluster.ranks.size(); ++k) {
      const RankProfile& profile = cluster.ranks[k];
      if (profile.dies_at && from >= *profile.dies_at) continue;
      if (!hangs_at(profile, from)) rate += paces[k].rate(changes[i]);
    }
    const double length_s = changes[i + 1] - changes[i];
    if (rate > 0 && rate * length_s >= cost) return changes[i] + cost / rate;
    if (rate > 0) cost -= rate * length_s;
  }
  return never;
}

// The most that a device can have done by `end_s` if it does at least one step: it pays one
// overhead, best when it is slowest.
double most_work(const RankProfile& profile, double end_s) {
  if (profile.dies_at) end_s = std::min(end_s, to_seconds(*profile.dies_at));
  double work = 0;
  double lowest_speed = never;
  double from_s = 0;
  double speed = profile.speed;
  const auto work_to = [&](double to_s) {
    double awake_s = std::max(0.0, to_s - from_s);
    for (const RankProfile::Hang& hang : profile.hangs) {
      awake_s -= std::max(
          0.0, std::min(to_s, to_seconds(hang.to)) - std::max(from_s, to_seconds(hang.from)));
    }
    if (awake_s > 0) lowest_speed = std::min(lowest_speed, speed);
    work += awake_s * speed / profile.heavy_noise.mean();
    from_s = std::max(from_s, to_s);
  };
  for (const RankProfile::Phase& phase : profile.phases) {
    work_to(std::min(end_s, to_seconds(phase.from)));
    speed = phase.speed;
  }
  work_to(end_s);
  return work > 0 ? std::max(0.0, work - to_seconds(profile.overhead) * lowest_speed) : 0;
}

// The most cost per unit of work, in steps from `least` to `most`, or more than that: a stair adds
// work.
double most_cost_of_work(const RankProfile& profile, double least, double most) {
  const auto ratio = [&](double cost) { return cost / profile.work_without_stair(cost); };
  double result = std::max(ratio(least), ratio(most));
  for (const RankProfile::CurvePoint& point : profile.curve) {
    if (point.cost > least && point.cost < most) result = std::max(result, ratio(point.cost));
  }
  return result;
}

// Whether the k workers with the most capacity until `end_s` can do the k largest steps.
bool can_have_done(const ClusterProfile& cluster, std::span<const double> largest_steps,
                   double end_s) {
  if (largest_steps.empty()) return true;
  constexpr double rounding = 1e-12;
  const double most = largest_steps.front();
  const double least =
      largest_steps.size() == 1 ? most : largest_steps.back() - *(largest_steps.end() - 2);
  std::vector<double> costs;
  costs.reserve(cluster.ranks.size());
  for (const RankProfile& profile : cluster.ranks) {
    costs.push_back(most_work(profile, end_s) * most_cost_of_work(profile, least, most));
  }
  std::sort(costs.begin(), costs.end(), std::greater<>());
  double sum = 0;
  for (std::size_t k = 0; k < std::min(costs.size(), largest_steps.size()); ++k) {
    sum += costs[k];
    if (sum < largest_steps[k] * (1 - rounding)) return false;
  }
  return true;
}

}  // namespace

double ideal_makespan_s(const ClusterProfile& cluster, double cost, double step_cost,
                        std::span<const double> largest_steps) {
  double low_s = time_of_all_s(cluster, cost, step_cost);
  if (low_s == never || can_have_done(cluster, largest_steps, low_s)) return low_s;
  constexpr double most_s = 1e12;  // no worker is left by then
  double high_s = 2 * low_s;
  for (; !can_have_done(cluster, largest_steps, high_s); high_s *= 2) {
    if (high_s > most_s) return never;
    low_s = high_s;
  }
  constexpr int rounds = 50;  // exact to a double
  for (int round = 0; round < rounds; ++round) {
    const double middle_s = (low_s + high_s) / 2;
    (can_have_done(cluster, largest_steps, middle_s) ? high_s : low_s) = middle_s;
  }
  return low_s;
}

}  // namespace evenkeel

#include "simulation/ideal_makespan.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// When the work of all workers, in steps of `step_cost`, adds up to `cost`.
double time_of_all_s(const ClusterProfile& cluster, double cost, double step_cost) {
  // Between changes of any device, the cluster's speed is constant.
  std::vector<double> changes{0};
  for (const RankProfile& profile : cluster.ranks) {
    for (const RankProfile::Phase& phase : profile.phases)
      changes.push_back(to_seconds(phase.from));
    for (const RankProfile::Hang& hang : profile.hangs) {
      changes.push_back(to_seconds(hang.from));
      changes.push_back(to_seconds(hang.to));
    }
    if (profile.dies_at) changes.push_back(to_seconds(*profile.dies_at));
  }
  std::sort(changes.begin(), changes.end());
  changes.push_back(never);

  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    const Instant from = instant_at(changes[i]);
    double rate = 0;
    for (const RankProfile& profile : cluster.ranks) {
      if (profile.dies_at && from >= *profile.dies_at) continue;
      const bool hangs = std::any_of(
          profile.hangs.begin(), profile.hangs.end(),
          [&](const RankProfile::Hang& hang) { return from >= hang.from && from < hang.to; });
      if (hangs) continue;
      rate += step_cost / (to_seconds(profile.overhead) + step_cost / profile.speed_at(from));
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
    work += awake_s * speed;
    from_s = std::max(from_s, to_s);
  };
  for (const RankProfile::Phase& phase : profile.phases) {
    work_to(std::min(end_s, to_seconds(phase.from)));
    speed = phase.speed;
  }
  work_to(end_s);
  return work > 0 ? std::max(0.0, work - to_seconds(profile.overhead) * lowest_speed) : 0;
}

// Whether the k workers with the most capacity until `end_s` can do the k largest steps.
bool can_have_done(const ClusterProfile& cluster, std::span<const double> largest_steps,
                   double end_s) {
  constexpr double rounding = 1e-12;
  std::vector<double> work;
  work.reserve(cluster.ranks.size());
  for (const RankProfile& profile : cluster.ranks) work.push_back(most_work(profile, end_s));
  std::sort(work.begin(), work.end(), std::greater<>());
  double sum = 0;
  for (std::size_t k = 0; k < std::min(work.size(), largest_steps.size()); ++k) {
    sum += work[k];
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

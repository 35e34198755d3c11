#include "simulation/disturbances.h"

#include <algorithm>
#include <array>
#include <vector>

#include "simulation/draws.h"

namespace evenkeel {
namespace {

using Times = std::vector<RankProfile::Hang>;

void insert(Times& times, RankProfile::Hang time) {
  std::erase_if(times, [&](const RankProfile::Hang& other) {
    if (other.to < time.from || time.to < other.from) return false;
    time.from = std::min(time.from, other.from);
    time.to = std::max(time.to, other.to);
    return true;
  });
  times.insert(std::ranges::upper_bound(times, time.from, {}, &RankProfile::Hang::from), time);
}

// A trainer's lies, and those that no one can tell from the truth.
constexpr std::array<Duration, 5> lies{Duration(0), Duration(1), std::chrono::hours(1),
                                       std::chrono::hours(24 * 365), std::chrono::minutes(5)};
constexpr std::size_t small_lies = 2;

// Steady ranks, and nothing of what their profiles had in store.
void calm(ClusterProfile& cluster) {
  for (RankProfile& rank : cluster.ranks) {
    const double speed = rank.speed;
    const Duration overhead = rank.overhead;
    rank = RankProfile();
    rank.speed = speed;
    rank.overhead = overhead;
  }
  cluster.poison = 0;
  cluster.standstills.clear();
}

}  // namespace

RankProfile::Hang Disturbances::time(Random& random) const {
  const double from_s = random.uniform() * job_s_;
  return {instant_at(from_s), instant_at(from_s + log_uniform(random, 1e-3, longest_s_))};
}

bool Disturbances::add_standstill(ClusterProfile& cluster) const {
  Random random = stream(seed_, 101);
  if (!chance(random, 0.08)) return false;
  do {
    insert(cluster.standstills, time(random));
  } while (chance(random, 0.3));
  return true;
}

Disturbances::Suspension Disturbances::add_suspension(ClusterProfile& cluster) const {
  Random random = stream(seed_, 102);
  if (!chance(random, 0.08)) return Suspension::none;
  RankProfile::Hang all = time(random);
  const bool is_alone = chance(random, 0.5);
  if (is_alone) {
    calm(cluster);
    all.to = all.from + from_seconds(log_uniform(random, 7, 120));
  }
  insert(cluster.standstills, all);
  for (RankProfile& rank : cluster.ranks) insert(rank.hangs, all);
  return is_alone ? Suspension::alone : Suspension::among_others;
}

bool Disturbances::add_cuts(ClusterProfile& cluster, std::optional<std::size_t> survivor) const {
  Random random = stream(seed_, 103);
  Random healing = stream(seed_, 106);
  if (!chance(random, 0.08)) return false;
  const double share = random.uniform();
  const bool all_heal = !survivor && chance(healing, 0.5);
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    RankProfile::Hang cut = time(random);
    const bool is_cut = chance(random, share);
    const bool is_for_ever = chance(random, 0.3);
    const std::uint64_t ways = random.below(3);
    if (!is_cut) continue;
    if (is_for_ever && !all_heal && survivor != i) cut.to = RankProfile::never;
    if (ways != 0) insert(cluster.ranks[i].cut_to_coordinator, cut);
    if (ways != 1) insert(cluster.ranks[i].cut_to_rank, cut);
  }
  return true;
}

bool Disturbances::add_lies(ClusterProfile& cluster, std::optional<std::size_t> survivor) const {
  Random random = stream(seed_, 104);
  if (!chance(random, 0.06)) return false;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    RankProfile& rank = cluster.ranks[i];
    const bool is_liar = chance(random, 0.3);
    const double often = log_uniform(random, 0.01, 1);
    const std::size_t lie = random.below(survivor == i ? small_lies : lies.size());
    if (!is_liar) continue;
    rank.lies = often;
    rank.lie = lies[lie];
  }
  return true;
}

bool Disturbances::add_victims(ClusterProfile& cluster, std::size_t survivor) const {
  Random random = stream(seed_, 105);
  if (cluster.ranks.size() < 4 || !chance(random, 0.1)) return false;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    RankProfile& rank = cluster.ranks[i];
    const std::uint64_t way = random.below(9);  // some are spared
    const RankProfile::Hang when = time(random);
    if (i == survivor) continue;
    if (way == 0) rank.dies_at = when.from;
    if (way == 1) rank.leaves_at = when.from;
    if (way == 2) insert(rank.hangs, when);
    if (way == 3) insert(rank.restarts, when);
    if (way == 4) rank.fails = 1;
    if (way == 5) insert(rank.cut_to_coordinator, {when.from, RankProfile::never});
    if (way == 6) {
      rank.lies = 1;
      rank.lie = lies[i % lies.size()];
    }
  }
  return true;
}

}  // namespace evenkeel

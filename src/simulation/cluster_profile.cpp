#include "simulation/cluster_profile.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/random.h"

namespace evenkeel {
namespace {

constexpr double longest_s = 1e9;  // of an all-reduce

}  // namespace

Duration AllReduceProfile::time(std::size_t workers) const {
  const auto count = static_cast<double>(workers);
  const double messages = 2 * std::ceil(std::log2(count));
  const double time_s =
      messages * to_seconds(latency) + 2 * (count - 1) / count * bytes / bandwidth;
  return from_seconds(std::min(time_s, longest_s));
}

bool ClusterProfile::poisons(Pass pass, Position begin) const {
  if (poison == 0) return false;
  const auto number = static_cast<std::uint64_t>(begin.value());
  const std::uint64_t line = mix_pair(poison_seed, static_cast<std::uint64_t>(pass.epoch.value()));
  return Random(mix_pair(line, number)).uniform() < poison;
}

double RankProfile::speed_at(Instant now) const {
  const auto next = std::upper_bound(phases.begin(), phases.end(), now,
                                     [](Instant t, const Phase& phase) { return t < phase.from; });
  return next == phases.begin() ? speed : std::prev(next)->speed;
}

double RankProfile::work(double cost) const {
  return work_without_stair(stair > 0 ? stair * std::ceil(cost / stair) : cost);
}

double RankProfile::work_without_stair(double cost) const {
  if (curve.empty()) return exponent == 1 ? cost : std::pow(cost, exponent);
  const auto next =
      std::upper_bound(curve.begin(), curve.end(), cost,
                       [](double value, const CurvePoint& point) { return value < point.cost; });
  if (next == curve.begin()) return curve.front().seconds;
  const auto right = std::min(next, std::prev(curve.end()));
  const auto left = std::prev(right);
  return left->seconds +
         (right->seconds - left->seconds) * (cost - left->cost) / (right->cost - left->cost);
}

Instant first_outside(const std::vector<RankProfile::Hang>& times, Instant at) {
  for (const RankProfile::Hang& time : times) {
    if (at >= time.from && at < time.to) at = time.to;
  }
  return at;
}

}  // namespace evenkeel

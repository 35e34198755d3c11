#include "simulation/profile_estimate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace evenkeel {
namespace {

constexpr double least_change = 0.02;      // of the speed, for a new phase
constexpr double errors_of_a_change = 4;   // standard errors
constexpr double least_cost_change = 0.1;  // of a step's cost, to estimate the overhead

struct Stretch {
  Instant from;
  double steps = 0;
  double cost = 0;
  double busy_s = 0;

  double step_cost() const { return cost / steps; }
  double step_s() const { return busy_s / steps; }
  double pace(double overhead_s) const { return (busy_s - steps * overhead_s) / cost; }
};

std::vector<Stretch> stretches_of(std::span<const WorkerProgress> progress) {
  std::vector<Stretch> stretches;
  stretches.reserve(progress.size());
  WorkerProgress before;
  for (const WorkerProgress& now : progress) {
    const Stretch stretch{before.last_end, static_cast<double>(now.steps - before.steps),
                          now.cost - before.cost, to_seconds(now.busy - before.busy)};
    before = now;
    if (stretch.steps > 0 && stretch.cost > 0 && stretch.busy_s > 0) stretches.push_back(stretch);
  }
  return stretches;
}

// From neighbours of equal speed and different costs: t = a + x / v holds for both, so each pair
// gives a. Takes the median, as some pairs are on both sides of a change of speed.
double overhead_of(const std::vector<Stretch>& stretches) {
  std::vector<double> overheads;
  double least_step_s = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    const Stretch& a = stretches[i - 1];
    const Stretch& b = stretches[i];
    least_step_s = std::min({least_step_s, a.step_s(), b.step_s()});
    const double difference = b.step_cost() - a.step_cost();
    if (std::abs(difference) < least_cost_change * std::max(a.step_cost(), b.step_cost())) continue;
    const double pace = (b.step_s() - a.step_s()) / difference;
    overheads.push_back(a.step_s() - pace * a.step_cost());
  }
  if (overheads.empty()) return 0;
  const auto middle = overheads.begin() + static_cast<std::ptrdiff_t>(overheads.size() / 2);
  std::nth_element(overheads.begin(), middle, overheads.end());
  return std::clamp(*middle, 0.0, 0.9 * least_step_s);  // every step contains some work
}

bool begins_a_phase(const Stretch& next, const Stretch& phase, double overhead_s, double noise) {
  const double change = std::abs(next.pace(overhead_s) / phase.pace(overhead_s) - 1);
  const double error = noise * std::sqrt(1 / next.steps + 1 / phase.steps);
  return change > std::max(least_change, errors_of_a_change * error);
}

using Json = nlohmann::ordered_json;

// A host name with a % would stand for several hosts.
std::string host_text(std::string host) {
  std::ranges::replace(host, '%', '_');
  return host;
}

Json file_factors_json(const std::vector<FileFactor>& factors) {
  Json json = Json::array();
  for (const FileFactor& factor : factors) json.push_back({factor.file, factor.factor});
  return json;
}

Json noise_json(double normal, const HeavyNoise& heavy) {
  Json json;
  if (heavy.lognormal > 0) json["lognormal"] = heavy.lognormal;
  if (heavy.pareto > 0) json["pareto"] = heavy.pareto;
  if (heavy.mixture_probability > 0) {
    json["mixture"] = {heavy.mixture_probability, heavy.mixture_factor};
  }
  if (json.is_null()) return normal;
  json["normal"] = normal;
  return json;
}

void add_step_law(const RankProfile& rank, Json& json) {
  if (rank.stair > 0) json["stair"] = rank.stair;
  if (rank.exponent != 1) json["exponent"] = rank.exponent;
  for (const RankProfile::CurvePoint& point : rank.curve) {
    json["curve"].push_back({point.cost, point.seconds});
  }
  json["noise"] = noise_json(rank.noise, rank.heavy_noise);
  if (rank.warm_up.steps > 0) json["warmup"] = {rank.warm_up.steps, rank.warm_up.factor};
  if (rank.pauses.every > 0) {
    json["pauses"] = {{"every_steps", rank.pauses.every},
                      {"seconds", to_seconds(rank.pauses.length)},
                      {"first_step", rank.pauses.first}};
  }
  if (!rank.file_factors.empty()) json["file_factors"] = file_factors_json(rank.file_factors);
}

Json rank_json(const RankProfile& rank) {
  Json json;
  if (!rank.host.empty()) json["host"] = host_text(rank.host);
  json["speed"] = rank.speed;
  json["overhead_s"] = to_seconds(rank.overhead);
  add_step_law(rank, json);
  for (const RankProfile::Phase& phase : rank.phases) {
    json["phases"].push_back({to_seconds(phase.from), phase.speed});
  }
  for (const RankProfile::Hang& hang : rank.hangs) {
    json["hangs"].push_back({to_seconds(hang.from), to_seconds(hang.to)});
  }
  if (rank.dies_at) json["dies_at"] = to_seconds(*rank.dies_at);
  if (rank.fails > 0) json["fails"] = rank.fails;
  return json;
}

}  // namespace

RankProfile estimate_rank(std::span<const WorkerProgress> progress, double noise) {
  RankProfile rank;
  rank.speed = 0;
  rank.noise = std::clamp(noise, 0.0, 0.99);
  const std::vector<Stretch> stretches = stretches_of(progress);
  const double overhead_s = overhead_of(stretches);
  rank.overhead = from_seconds(overhead_s);
  Stretch phase;
  const auto close_phase = [&] {
    if (!(phase.steps > 0)) return;
    const double speed = 1 / phase.pace(overhead_s);
    if (rank.speed > 0) {
      rank.phases.push_back({phase.from, speed});
    } else {
      rank.speed = speed;
    }
  };
  for (const Stretch& next : stretches) {
    if (phase.steps > 0 && begins_a_phase(next, phase, overhead_s, rank.noise)) {
      close_phase();
      phase = Stretch{next.from};
    }
    phase.steps += next.steps;
    phase.cost += next.cost;
    phase.busy_s += next.busy_s;
  }
  close_phase();
  return rank;
}

std::string cluster_profile_text(const ClusterProfile& profile) {
  Json json{{"evenkeel_cluster", 1}, {"latency_s", to_seconds(profile.latency)}};
  const AllReduceProfile& all_reduce = profile.all_reduce;
  if (all_reduce.latency > Duration::zero() || all_reduce.bytes > 0) {
    json["all_reduce"]["latency_s"] = to_seconds(all_reduce.latency);
    if (all_reduce.bytes > 0) json["all_reduce"]["bytes"] = all_reduce.bytes;
    if (all_reduce.bytes > 0) json["all_reduce"]["bandwidth"] = all_reduce.bandwidth;
  }
  if (profile.poison > 0) json["poison"] = profile.poison;
  if (!profile.file_factors.empty()) {
    json["file_factors"] = file_factors_json(profile.file_factors);
  }
  std::string text = json.dump();
  text.back() = ',';
  text += "\n \"ranks\": [";
  const char* separator = "\n  ";
  for (const RankProfile& rank : profile.ranks) {
    text += separator;
    text += rank_json(rank).dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n  ";
  }
  return text + "]}\n";
}

}  // namespace evenkeel

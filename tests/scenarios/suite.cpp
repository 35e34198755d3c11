#include "scenarios/suite.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>

#include "dataset/epoch_order.h"
#include "dataset/manifest.h"
#include "simulation/simulation.h"

namespace evenkeel::scenarios {
namespace {

constexpr std::int64_t shard_samples = 1024;
constexpr std::int64_t step_samples = 32;

// The work that one device does until `end_s`, in cost units.
double work_until(const RankProfile& device, double end_s, double step_cost) {
  if (device.dies_at) end_s = std::min(end_s, to_seconds(*device.dies_at));
  double work = 0;
  double from_s = 0;
  double speed = device.speed;
  for (std::size_t i = 0; i <= device.phases.size() && from_s < end_s; ++i) {
    const bool last = i == device.phases.size();
    const double to_s = last ? end_s : std::min(end_s, to_seconds(device.phases[i].from));
    double awake_s = std::max(0.0, to_s - from_s);
    for (const RankProfile::Hang& hang : device.hangs) {
      awake_s -= std::max(
          0.0, std::min(to_s, to_seconds(hang.to)) - std::max(from_s, to_seconds(hang.from)));
    }
    work += awake_s * step_cost / (to_seconds(device.overhead) + step_cost / speed);
    from_s = std::max(from_s, to_s);
    if (!last) speed = device.phases[i].speed;
  }
  return work;
}

// The costs of the steps of an epoch, descending; none if they are so many that none matters.
std::vector<double> step_costs(const Dataset& dataset, const OrderOptions& order_options) {
  constexpr std::int64_t most_steps = 10'000;
  if (dataset.samples() > most_steps * step_samples) return {};
  const EpochOrder order(dataset, order_options, Epoch(0));
  std::vector<double> costs;
  for (std::int64_t begin = 0; begin < dataset.samples(); begin += step_samples) {
    const std::int64_t end = std::min(begin + step_samples, dataset.samples());
    costs.push_back(order.true_cost({Position(begin), Position(end)}));
  }
  std::sort(costs.begin(), costs.end(), std::greater<>());
  return costs;
}

double highest_speed(const RankProfile& device) {
  double speed = device.speed;
  for (const RankProfile::Phase& phase : device.phases) speed = std::max(speed, phase.speed);
  return speed;
}

double bound_of_steps_s(const ClusterProfile& cluster, const std::vector<double>& steps) {
  std::vector<double> speeds;
  for (const RankProfile& device : cluster.ranks) speeds.push_back(highest_speed(device));
  std::sort(speeds.begin(), speeds.end(), std::greater<>());
  double bound_s = 0;
  double cost = 0;
  double speed = 0;
  for (std::size_t k = 0; k < std::min(steps.size(), speeds.size()); ++k) {
    cost += steps[k];
    speed += speeds[k];
    bound_s = std::max(bound_s, cost / speed);
  }
  return bound_s;
}

}  // namespace

std::vector<Scenario> load_suite(const std::string& folder) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Scenario> suite;
  suite.reserve(folders.size());
  for (const auto& path : folders) {
    suite.push_back({path.filename().string(),
                     Dataset::cut(read_manifest(path / "manifest.json"), shard_samples),
                     read_cluster_profile(path / "cluster.json")});
  }
  return suite;
}

Score run_once(const Scenario& scenario, Duration latency, PolicyKind policy, std::uint64_t seed,
               PredictorKind predictor) {
  ClusterProfile cluster = scenario.cluster;
  cluster.latency = latency;
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.step_samples = step_samples;
  options.order.seed = seed;
  options.predictor = predictor;
  options.policy.kind = policy;
  options.policy.seed = seed;
  if (entry_of(policy).weights == WeightUse::rule) {
    for (const RankProfile& rank : cluster.ranks) options.policy.weights.push_back(rank.speed);
  }
  const SimulationResult result = simulate(scenario.dataset, cluster, options, seed);

  const double cost = scenario.dataset.cost();
  const double step_cost =
      cost / static_cast<double>(scenario.dataset.samples()) * static_cast<double>(step_samples);
  const double bound =
      bound_s(cluster, cost, step_cost, step_costs(scenario.dataset, options.order));
  Score score;
  score.complete = result.complete;
  score.lost = std::count_if(result.events.list().begin(), result.events.list().end(),
                             [](const Event& event) { return event.kind == EventKind::lost; });
  score.ratio = result.makespan_s / bound;
  const bool has_few_steps = scenario.dataset.samples() < options.workers * step_samples;
  score.judged_ratio =
      has_few_steps ? score.ratio : (result.makespan_s - result.slowest_step_s) / bound;
  score.messages_a_worker_second =
      static_cast<double>(result.job.messages) / options.workers / result.makespan_s;
  return score;
}

double bound_s(const ClusterProfile& cluster, double cost, double step_cost,
               const std::vector<double>& steps) {
  const auto reaches = [&](double end_s) {
    double work = 0;
    for (const RankProfile& device : cluster.ranks) work += work_until(device, end_s, step_cost);
    return work >= cost;
  };
  double low_s = 0;
  double high_s = 1;
  while (!reaches(high_s)) high_s *= 2;
  for (int round = 0; round < 60; ++round) {
    const double middle_s = (low_s + high_s) / 2;
    (reaches(middle_s) ? high_s : low_s) = middle_s;
  }
  return std::max(high_s, bound_of_steps_s(cluster, steps));
}

}  // namespace evenkeel::scenarios

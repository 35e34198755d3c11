// Prints how close every predictor of the speed model comes to an oracle, in virtual time: medians
// of several seeds, each with other speeds, changes and noise. Traces of mini-batches that are
// named are replayed too.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/option_values.h"
#include "core/random.h"
#include "dataset/dataset.h"
#include "scenarios/suite.h"
#include "simulation/device.h"
#include "simulation/simulation.h"
#include "simulation/step_oracle.h"
#include "simulation/step_simulation.h"

using namespace evenkeel;
using namespace std::chrono_literals;

namespace {

constexpr int usual_seeds = 10;
constexpr std::uint64_t workers = 16;
constexpr std::int64_t samples_a_worker = 32;  // of a global batch, and of a step in lease mode
constexpr std::size_t learning_steps = 50;     // not counted: everyone starts from nothing
constexpr double change_at_s = 30;
constexpr double usual_job_s = 100;
constexpr std::int64_t samples_a_stair = 8;

// Speeds from 100 to 400 samples per second.
ClusterProfile cluster_with(double noise, Random& random) {
  ClusterProfile cluster;
  for (std::uint64_t i = 0; i < workers; ++i) {
    RankProfile rank;
    rank.speed = 100 * std::pow(4, random.uniform());
    rank.overhead = 5ms;
    rank.noise = noise;
    cluster.ranks.push_back(rank);
  }
  return cluster;
}

ClusterProfile noisy(Random& random) { return cluster_with(0.05, random); }
ClusterProfile very_noisy(Random& random) { return cluster_with(0.20, random); }

// Up to two fifths of a step are overhead.
ClusterProfile with_overheads(Random& random) {
  ClusterProfile cluster = cluster_with(0.02, random);
  for (RankProfile& rank : cluster.ranks) rank.overhead = from_seconds(0.08 * random.uniform());
  return cluster;
}

// Every speed swings by this share, within a period of its own.
ClusterProfile drifting(Random& random, double share, double shortest_s, double longest_s) {
  ClusterProfile cluster = cluster_with(0.02, random);
  for (RankProfile& rank : cluster.ranks) {
    const double period_s = shortest_s + (longest_s - shortest_s) * random.uniform();
    const double begun = random.uniform();
    for (double at_s = 0; at_s < 2 * usual_job_s; at_s += 0.25) {
      const double swing = std::sin(2 * std::numbers::pi * (at_s / period_s + begun));
      rank.phases.push_back({instant_at(at_s), rank.speed * (1 + share * swing)});
    }
  }
  return cluster;
}
ClusterProfile drifting_slowly(Random& random) { return drifting(random, 0.2, 100, 200); }
ClusterProfile drifting_fast(Random& random) { return drifting(random, 0.5, 30, 50); }

// Now and then a worker is half as fast for some seconds.
ClusterProfile bursting(Random& random) {
  ClusterProfile cluster = cluster_with(0.02, random);
  for (RankProfile& rank : cluster.ranks) {
    double at_s = 0;
    while (at_s < 2 * usual_job_s) {
      at_s += 10 + 40 * random.uniform();
      rank.phases.push_back({instant_at(at_s), rank.speed / 2});
      at_s += 1 + 4 * random.uniform();
      rank.phases.push_back({instant_at(at_s), rank.speed});
    }
  }
  return cluster;
}

// A step takes as long as one of whole stairs.
ClusterProfile in_stairs(Random& random) {
  ClusterProfile cluster = cluster_with(0.02, random);
  for (RankProfile& rank : cluster.ranks) rank.stair = samples_a_stair;
  return cluster;
}

// Three workers change at the same moment.
ClusterProfile changing(Random& random, double factor) {
  ClusterProfile cluster = cluster_with(0.02, random);
  for (std::size_t i = 0; i < 3; ++i) {
    RankProfile& rank = cluster.ranks[i];
    rank.phases.push_back({instant_at(change_at_s), rank.speed * factor});
  }
  return cluster;
}
ClusterProfile falling(Random& random) { return changing(random, 0.4); }
ClusterProfile rising(Random& random) { return changing(random, 2.5); }

// As the mini-batches of a worker were, of 64 samples each: number,worker,gpu,second,milliseconds.
ClusterProfile replayed(const std::filesystem::path& file) {
  std::map<int, std::map<double, double>> speeds;  // by worker and time
  std::ifstream lines(file);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    int worker = 0;
    double at_s = 0;
    double step_ms = 0;
    if (std::sscanf(line.c_str(), "%*d,%d,%*d,%lf,%lf", &worker, &at_s, &step_ms) != 3) continue;
    speeds[worker][at_s] = 64 / (step_ms / 1000);
  }
  ClusterProfile cluster;
  for (const auto& [worker, phases] : speeds) {
    RankProfile rank;
    rank.speed = phases.begin()->second;
    for (const auto& [at_s, speed] : phases) rank.phases.push_back({instant_at(at_s), speed});
    cluster.ranks.push_back(rank);
  }
  return cluster;
}

struct Case {
  std::string name;
  std::function<ClusterProfile(Random& random)> cluster;
  bool changes = false;  // once, at change_at_s
  int seeds = usual_seeds;
  double job_s = usual_job_s;
  std::int64_t micro_batch = 1;
};

Dataset dataset_of(std::int64_t samples) {
  Manifest manifest;
  manifest.name = "samples";
  manifest.root = "/";
  manifest.files.add("f", samples, FileTable::unknown_bytes, static_cast<double>(samples));
  return Dataset::cut(manifest, 1024);
}

double total_speed(const ClusterProfile& cluster) {
  double speed = 0;
  for (const RankProfile& rank : cluster.ranks) speed += rank.speed;
  return speed;
}

CoordinatorOptions options_for(const ClusterProfile& cluster, std::uint64_t seed) {
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.step_samples = samples_a_worker;
  options.order.shuffle = Shuffle::none;
  options.order.seed = seed;
  return options;
}

CoordinatorOptions step_options_for(const ClusterProfile& cluster, const Dataset& dataset,
                                    std::int64_t micro_batch, std::uint64_t seed) {
  CoordinatorOptions options = options_for(cluster, seed);
  StepModeOptions mode;
  const std::int64_t batch = samples_a_worker * options.workers;
  mode.line = {dataset.samples(), batch, micro_batch, false, dataset.samples() / batch};
  mode.most = batch / micro_batch;
  mode.baseline = false;
  options.step = mode;
  return options;
}

// When the steps end that are divided as is best for workers whose times grow in stairs.
std::vector<Instant> stairs_oracle_ends(const ClusterProfile& cluster, std::int64_t batch,
                                        std::int64_t steps, std::uint64_t seed) {
  const auto taken = [&](const RankProfile& rank, double step_s) {  // samples in that time
    const double cost = (step_s - to_seconds(rank.overhead)) * rank.speed;
    return std::max<double>(rank.stair, rank.stair * std::floor(cost / rank.stair));
  };
  double low_s = 0;
  double high_s = 1e6;
  for (int round = 0; round < 100; ++round) {
    const double middle_s = (low_s + high_s) / 2;
    double all = 0;
    for (const RankProfile& rank : cluster.ranks) all += taken(rank, middle_s);
    (all >= static_cast<double>(batch) ? high_s : low_s) = middle_s;
  }
  std::vector<SimulatedDevice> devices;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    devices.emplace_back(cluster.ranks[i], mix_pair(seed, i));
  }
  std::vector<Instant> ends;
  Instant now;
  for (std::int64_t step = 0; step < steps; ++step) {
    Instant end = now;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      end = std::max(end, *devices[i].finish(now, taken(cluster.ranks[i], high_s)));
    }
    ends.push_back(now = end);
  }
  return ends;
}

double step_s(const std::vector<Instant>& ends, std::size_t step) {
  return to_seconds(ends[step] - ends[step - 1]);
}

std::size_t first_after(const std::vector<Instant>& ends, double at_s) {
  return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), instant_at(at_s)) -
                                  ends.begin());
}

// Steps from the change until five steps on end are within 5 % of the oracle's.
double steps_to_recover(const std::vector<Instant>& ends, const std::vector<Instant>& oracle) {
  constexpr std::size_t lasting = 5;
  const std::size_t changed = first_after(ends, change_at_s);
  const std::size_t changed_for_oracle = first_after(oracle, change_at_s);
  for (std::size_t after = 0; changed + after + lasting < ends.size(); ++after) {
    double own_s = 0;
    double best_s = 0;
    for (std::size_t i = after; i < after + lasting; ++i) {
      own_s += step_s(ends, changed + i);
      best_s += step_s(oracle, std::min(changed_for_oracle + i, oracle.size() - 1));
    }
    if (own_s <= 1.05 * best_s) return static_cast<double>(after);
  }
  return std::numeric_limits<double>::infinity();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Figures {
  std::vector<double> step_ratios;
  std::vector<double> makespan_ratios;
  std::vector<double> recoveries;
};

void run(const Case& one, std::uint64_t seed, PredictorKind predictor, Figures& figures) {
  Random random(mix_pair(seed, 1));
  const ClusterProfile cluster = one.cluster(random);
  const Dataset dataset = dataset_of(static_cast<std::int64_t>(one.job_s * total_speed(cluster)));
  CoordinatorOptions options = step_options_for(cluster, dataset, one.micro_batch, seed);
  options.predictor = predictor;
  const std::vector<Instant> ends = simulate_steps(dataset, cluster, options, seed).step_ends;
  const bool has_stairs = cluster.ranks.front().stair > 0;
  const std::vector<Instant> oracle =
      has_stairs ? stairs_oracle_ends(cluster, options.step->line.global_batch,
                                      options.step->line.steps, seed)
                 : oracle_step_ends(dataset, cluster, options, seed);
  figures.step_ratios.push_back(to_seconds(ends.back() - ends[learning_steps]) /
                                to_seconds(oracle.back() - oracle[learning_steps]));
  if (one.changes) figures.recoveries.push_back(steps_to_recover(ends, oracle));
  if (has_stairs) return;  // in lease mode all steps are alike
  options.step.reset();
  const SimulationResult result = simulate(dataset, cluster, options, seed);
  figures.makespan_ratios.push_back(result.makespan_s /
                                    scenarios::bound_s(cluster, dataset.cost(), samples_a_worker));
}

using FigureOfMany = std::vector<double> Figures::*;

void print(const std::string& title, const std::vector<Case>& cases,
           const std::vector<std::vector<Figures>>& all, int digits, FigureOfMany figure) {
  fmt::print("{:42}", title);
  for (const std::string_view name : value_names<PredictorKind>()) fmt::print(" {:>8}", name);
  fmt::print("\n");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if ((all[i].back().*figure).empty()) continue;
    fmt::print("{:42}", cases[i].name);
    for (const Figures& figures : all[i]) {
      fmt::print(" {:8.{}f}", median(figures.*figure), digits);
    }
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Case> cases{{"noise 5 %", noisy},
                          {"noise 20 %", very_noisy},
                          {"overheads", with_overheads},
                          {"drift by 20 % in minutes", drifting_slowly},
                          {"drift by 50 % in half a minute", drifting_fast},
                          {"bursts", bursting},
                          {"stairs of 8 samples", in_stairs},
                          {.name = "stairs of 8 samples, micro-batches of 8",
                           .cluster = in_stairs,
                           .micro_batch = samples_a_stair},
                          {"three workers fall to 40 %", falling, true},
                          {"three workers rise to 250 %", rising, true}};
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path trace = argv[i];
    ClusterProfile cluster = replayed(trace);
    if (cluster.ranks.empty()) {
      fmt::print(stderr, "report_predictors: {}: no mini-batches; give a trace\n", argv[i]);
      return 2;
    }
    cases.push_back({"replayed: " + trace.stem().string(),
                     [cluster = std::move(cluster)](Random& /*random*/) { return cluster; }, false,
                     1, 1500});
  }
  std::vector<std::vector<Figures>> all;
  for (const Case& one : cases) {
    std::vector<Figures>& row = all.emplace_back();
    for (const PredictorKind predictor : all_values<PredictorKind>()) {
      Figures& figures = row.emplace_back();
      for (int seed = 0; seed < one.seeds; ++seed) {
        run(one, static_cast<std::uint64_t>(seed), predictor, figures);
      }
    }
  }
  print("step mode: step time / the oracle's", cases, all, 4, &Figures::step_ratios);
  fmt::print("\n");
  print("step mode: steps to recover", cases, all, 0, &Figures::recoveries);
  fmt::print("\n");
  print("lease mode: makespan / T*", cases, all, 4, &Figures::makespan_ratios);
}

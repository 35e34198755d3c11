#include "simulation/profile_estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "core/random.h"
#include "simulation/simulation.h"

namespace evenkeel {
namespace {

// What a worker without noise has done by each second: `cost_of` a step that begins then.
std::vector<WorkerProgress> progress_of(const RankProfile& profile, double until_s,
                                        const std::function<double(double)>& cost_of) {
  std::vector<WorkerProgress> progress;
  WorkerProgress now{Rank(1)};
  while (to_seconds(now.last_end) < until_s) {
    const double cost = cost_of(to_seconds(now.last_end));
    const Duration step = profile.overhead + from_seconds(cost / profile.speed_at(now.last_end));
    const auto second = std::floor(to_seconds(now.last_end));
    now.last_end += step;
    now.busy += step;
    now.cost += cost;
    ++now.steps;
    if (std::floor(to_seconds(now.last_end)) > second) progress.push_back(now);
  }
  return progress;
}

double always_ten(double /*second*/) { return 10; }

TEST(ProfileEstimate, HasOnePhaseAtOneSpeed) {
  RankProfile profile;
  profile.speed = 200;
  const RankProfile seen = estimate_rank(progress_of(profile, 100, always_ten), 0.05);
  EXPECT_NEAR(seen.speed, 200, 0.01);
  EXPECT_EQ(seen.overhead, Duration::zero());
  EXPECT_EQ(seen.noise, 0.05);
  EXPECT_TRUE(seen.phases.empty());
}

TEST(ProfileEstimate, SeesWhenTheSpeedChanges) {
  RankProfile profile;
  profile.speed = 200;
  profile.phases = {{instant_at(40), 50}, {instant_at(70), 208}};
  const RankProfile seen = estimate_rank(progress_of(profile, 100, always_ten), 0.01);
  EXPECT_NEAR(seen.speed, 200, 0.1);
  for (const double second : {10.0, 38.0, 42.0, 68.0, 72.0, 99.0}) {
    const double speed = profile.speed_at(instant_at(second));
    EXPECT_NEAR(seen.speed_at(instant_at(second)), speed, 0.01 * speed) << second;
  }
  EXPECT_LE(seen.phases.size(), 4U);
}

// Ten steps per second of the same work, each with noise.
std::vector<WorkerProgress> noisy_progress(double noise, double speed_after_a_minute) {
  Random random(1);
  std::vector<WorkerProgress> progress;
  WorkerProgress now{Rank(1)};
  for (int second = 0; second < 120; ++second) {
    const double speed = second < 60 ? 100 : speed_after_a_minute;
    for (int step = 0; step < 10; ++step) {
      now.busy += from_seconds(10 / speed * std::max(0.1, 1 + noise * random.normal()));
      now.cost += 10;
      ++now.steps;
    }
    now.last_end = instant_at(second + 1);
    progress.push_back(now);
  }
  return progress;
}

TEST(ProfileEstimate, DoesNotMistakeNoiseForAPhase) {
  const std::vector<WorkerProgress> progress = noisy_progress(0.2, 100);
  EXPECT_TRUE(estimate_rank(progress, 0.2).phases.empty());
  EXPECT_GT(estimate_rank(progress, 0.0).phases.size(), 10U);  // whoever says that there is none
}

TEST(ProfileEstimate, SeesAChangeThatIsLargerThanTheNoise) {
  const std::vector<WorkerProgress> progress = noisy_progress(0.02, 90);
  const RankProfile seen = estimate_rank(progress, 0.02);
  ASSERT_EQ(seen.phases.size(), 1U);
  EXPECT_EQ(seen.phases[0].from, instant_at(60));
  EXPECT_NEAR(seen.phases[0].speed, 90, 1);
  // The same would be nothing but noise if steps were so noisy.
  EXPECT_TRUE(estimate_rank(progress, 0.2).phases.empty());
}

TEST(ProfileEstimate, FollowsADrift) {
  RankProfile profile;
  profile.speed = 200;
  for (int second = 1; second < 100; ++second) {
    profile.phases.push_back({instant_at(second), 200.0 - second});
  }
  const RankProfile seen = estimate_rank(progress_of(profile, 100, always_ten), 0.01);
  for (int second = 1; second < 99; ++second) {
    EXPECT_NEAR(seen.speed_at(instant_at(second)), 200.0 - second, 8) << second;
  }
}

TEST(ProfileEstimate, SeparatesTheOverheadIfCostsVary) {
  RankProfile profile;
  profile.speed = 200;
  profile.overhead = from_seconds(0.02);
  profile.phases = {{instant_at(50), 100}};
  const auto two_sizes = [](double second) { return std::fmod(second, 10) < 5 ? 8.0 : 16.0; };
  const RankProfile seen = estimate_rank(progress_of(profile, 100, two_sizes), 0.01);
  EXPECT_NEAR(to_seconds(seen.overhead), 0.02, 0.001);
  EXPECT_NEAR(seen.speed_at(instant_at(30)), 200, 4);
  EXPECT_NEAR(seen.speed_at(instant_at(80)), 100, 2);
}

TEST(ProfileEstimate, OfAWorkerThatDidNothingHasNoSpeed) {
  EXPECT_EQ(estimate_rank({}, 0).speed, 0);
  const std::vector<WorkerProgress> nothing{WorkerProgress{Rank(1)}};
  EXPECT_EQ(estimate_rank(nothing, 0).speed, 0);
}

TEST(ProfileEstimate, CanBeReadAgain) {
  ClusterProfile cluster;
  cluster.latency = from_seconds(0.001);
  cluster.all_reduce = {from_seconds(2e-5), 1e8, 1e10};
  RankProfile rank;
  rank.host = "gpu%d";
  rank.speed = 123.25;
  rank.overhead = from_seconds(0.002);
  rank.noise = 0.05;
  rank.phases = {{instant_at(20), 12.5}, {instant_at(40), 100}};
  rank.hangs = {{instant_at(12), instant_at(15)}};
  rank.dies_at = instant_at(50);
  cluster.ranks = {rank, RankProfile{}};
  const ClusterProfile read = parse_cluster_profile(cluster_profile_text(cluster), "c.json");
  EXPECT_EQ(read.latency, cluster.latency);
  EXPECT_EQ(read.all_reduce.latency, cluster.all_reduce.latency);
  EXPECT_EQ(read.all_reduce.bytes, 1e8);
  EXPECT_EQ(read.all_reduce.bandwidth, 1e10);
  ASSERT_EQ(read.ranks.size(), 2U);
  EXPECT_EQ(read.ranks[0].host, "gpu_d");  // else it would stand for gpu0
  EXPECT_EQ(read.ranks[0].speed, 123.25);
  EXPECT_EQ(read.ranks[0].overhead, rank.overhead);
  EXPECT_EQ(read.ranks[0].noise, 0.05);
  ASSERT_EQ(read.ranks[0].phases.size(), 2U);
  EXPECT_EQ(read.ranks[0].phases[1].from, instant_at(40));
  EXPECT_EQ(read.ranks[0].phases[1].speed, 100);
  ASSERT_EQ(read.ranks[0].hangs.size(), 1U);
  EXPECT_EQ(read.ranks[0].hangs[0].to, instant_at(15));
  EXPECT_EQ(read.ranks[0].dies_at, instant_at(50));
  EXPECT_FALSE(read.ranks[1].dies_at);
}

TEST(ProfileEstimate, CanBeReadAgainWithAllThatAProfileCanSay) {
  ClusterProfile cluster;
  cluster.file_factors = {{17, 20}};
  RankProfile rank;
  rank.stair = 8;
  rank.exponent = 1.5;
  rank.noise = 0.02;
  rank.heavy_noise = {0.3, 1.8, 0.01, 10};
  rank.warm_up = {10, 5};
  rank.pauses = {50, 7, from_seconds(0.5)};
  rank.file_factors = {{0, 0.5}, {3, 3}};
  RankProfile curved;
  curved.curve = {{8, 0.5}, {16, 0.75}};
  cluster.ranks = {rank, curved};
  const std::string text = cluster_profile_text(cluster);
  const ClusterProfile read = parse_cluster_profile(text, "c.json");
  EXPECT_EQ(cluster_profile_text(read), text);
  EXPECT_EQ(read.file_factors[0].factor, 20);
  EXPECT_EQ(read.ranks[0].work(9), 64);
  EXPECT_EQ(read.ranks[0].noise, 0.02);
  EXPECT_EQ(read.ranks[0].heavy_noise.lognormal, 0.3);
  EXPECT_EQ(read.ranks[0].heavy_noise.pareto, 1.8);
  EXPECT_EQ(read.ranks[0].heavy_noise.mean(), rank.heavy_noise.mean());
  EXPECT_EQ(read.ranks[0].warm_up.factor, 5);
  EXPECT_TRUE(read.ranks[0].pauses.precedes(57));
  EXPECT_EQ(read.ranks[0].file_factors[1].factor, 3);
  EXPECT_EQ(read.ranks[1].work(12), 0.625);
}

// Notes each second what a ledger would have of the workers.
class Recorder final : public SimulationObserver {
 public:
  explicit Recorder(std::size_t workers) : progress(workers) {}

  void on_coordinator(const LeaseCoordinator& coordinator) override {
    for (std::size_t i = 0; i < progress.size(); ++i) {
      const Rank rank(1 + static_cast<std::int32_t>(i));
      const WorkerRecord& worker = coordinator.worker(rank);
      const Instant written = progress[i].empty() ? Instant{} : progress[i].back().last_end;
      if (worker.last_end < written + std::chrono::seconds(1)) continue;
      progress[i].push_back({rank, worker.last_end, worker.steps, worker.cost, worker.busy});
    }
  }

  std::vector<std::vector<WorkerProgress>> progress;
};

// The question that it is for: an equal split was run, and what would adaptive have done?
TEST(ProfileEstimate, OfOneJobTellsTheTimeOfAnother) {
  Manifest manifest;
  manifest.root = "/data";
  manifest.files.add("0", 60'000, FileTable::unknown_bytes, 60'000);
  const Dataset dataset = Dataset::cut(manifest, 1'000);
  ClusterProfile cluster;
  for (const double speed : {400.0, 400.0, 100.0, 250.0}) {
    cluster.ranks.emplace_back().speed = speed;
    cluster.ranks.back().noise = 0.1;
  }
  cluster.ranks[0].phases = {{instant_at(20), 60}};
  CoordinatorOptions options;
  options.workers = 4;
  options.step_samples = 10;
  options.policy.kind = PolicyKind::static_split;
  Recorder recorder(4);
  const SimulationResult past = simulate(dataset, cluster, options, 1, &recorder);
  ClusterProfile seen;
  for (std::size_t i = 0; i < 4; ++i) {
    seen.ranks.push_back(estimate_rank(recorder.progress[i], past.workers[i].speed_noise));
    EXPECT_NEAR(seen.ranks.back().noise, 0.1, 0.05);
  }
  options.policy.kind = PolicyKind::adaptive;
  const double true_s = simulate(dataset, cluster, options, 2).makespan_s;
  EXPECT_NEAR(simulate(dataset, seen, options, 2).makespan_s, true_s, 0.01 * true_s);
  EXPECT_LT(true_s, 0.8 * past.makespan_s);
}

}  // namespace
}  // namespace evenkeel

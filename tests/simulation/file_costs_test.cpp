// Files that cost other than declared are found out while the job runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dataset/samples.h"
#include "simulation/simulation.h"

namespace evenkeel {
namespace {

constexpr int files = 20;
constexpr std::int64_t dear_file = 9;

ClusterProfile cluster_of(double factor) {
  ClusterProfile cluster;
  cluster.latency = std::chrono::microseconds(50);
  cluster.ranks.resize(6);
  for (std::size_t i = 0; i < 6; ++i) {
    cluster.ranks[i].speed = i < 2 ? 200 : 100;
    cluster.ranks[i].noise = 0.03;
  }
  if (factor != 1) cluster.file_factors = {{dear_file, factor}};
  return cluster;
}

CoordinatorOptions options_of(Shuffle shuffle, std::int32_t epochs = 1) {
  CoordinatorOptions options;
  options.workers = 6;
  options.epochs = epochs;
  options.step_samples = 8;
  options.order = {shuffle, 0, 64};
  return options;
}

SimulationResult result_of(const ClusterProfile& cluster, const CoordinatorOptions& options) {
  const Dataset dataset = Dataset::cut(manifest_of(std::vector<std::int64_t>(files, 1000)), 250);
  SimulationResult result = simulate(dataset, cluster, options, options.order.seed);
  EXPECT_TRUE(result.complete);
  return result;
}

double ratio(const SimulationResult& result) { return result.makespan_s / result.bound_s; }

TEST(FileCosts, AreLearnedWhileTheJobRuns) {
  for (const Shuffle shuffle : {Shuffle::none, Shuffle::shards}) {
    for (const double factor : {5.0, 20.0}) {
      const SimulationResult result = result_of(cluster_of(factor), options_of(shuffle));
      ASSERT_EQ(result.learned.size(), 1U) << factor;
      EXPECT_EQ(result.learned.front().file, dear_file);
      EXPECT_NEAR(result.learned.front().factor / factor, 1, 0.15);
      EXPECT_LE(ratio(result), 1.02) << factor;
    }
  }
}

// Whoever was taken for slow is what it was as soon as the file is known.
TEST(FileCosts, AreKnownInLaterEpochs) {
  const SimulationResult result = result_of(cluster_of(20), options_of(Shuffle::none, 4));
  EXPECT_EQ(result.learned.size(), 1U);
  EXPECT_LE(ratio(result), 1.01);
  const double first_epoch_s = result.makespan_s / 4;
  for (const Event& event : result.events.list()) {
    EXPECT_LE(to_seconds(event.time), first_epoch_s);
  }
}

TEST(FileCosts, AreNotLearnedOfASlowWorker) {
  for (const Shuffle shuffle : {Shuffle::none, Shuffle::shards}) {
    ClusterProfile cluster = cluster_of(1);
    cluster.ranks[0].phases = {{instant_at(5), 20}, {instant_at(12), 200}};
    cluster.ranks[3].phases = {{instant_at(8), 10}};
    const SimulationResult result = result_of(cluster, options_of(shuffle));
    EXPECT_TRUE(result.learned.empty());
  }
}

TEST(FileCosts, AreNotLearnedOfNoise) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    ClusterProfile cluster = cluster_of(1);
    for (RankProfile& rank : cluster.ranks) rank.noise = 0.4;
    CoordinatorOptions options = options_of(Shuffle::none);
    options.order.seed = seed;
    EXPECT_TRUE(result_of(cluster, options).learned.empty());
  }
}

// Of many workers some seem to be far slower than in their first step, which was a short one.
TEST(FileCosts, AreNotLearnedOfManyWorkersWithFewSteps) {
  ClusterProfile cluster = cluster_of(1);
  cluster.ranks.assign(500, cluster.ranks.back());
  for (RankProfile& rank : cluster.ranks) rank.noise = 0.3;
  CoordinatorOptions options = options_of(Shuffle::none);
  options.workers = 500;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    options.order.seed = seed;
    EXPECT_TRUE(result_of(cluster, options).learned.empty()) << seed;
  }
}

// Of many steps that vary some take twice as long, even in the same file.
TEST(FileCosts, AreNotLearnedOfStepsThatVary) {
  ClusterProfile cluster = cluster_of(1);
  cluster.ranks.assign(12, cluster.ranks.back());
  for (RankProfile& rank : cluster.ranks) rank.noise = 0.3;
  CoordinatorOptions options = options_of(Shuffle::shards);
  options.workers = 12;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    options.order.seed = seed;
    EXPECT_TRUE(result_of(cluster, options).learned.empty()) << seed;
  }
}

// What a worker did before its deadline says nothing of the file that it comes back in.
TEST(FileCosts, AreNotLearnedOfWorkersThatWereLost) {
  ClusterProfile cluster = cluster_of(1);
  for (std::size_t i = 2; i < 6; ++i) cluster.ranks[i].phases = {{instant_at(5), 1}};
  CoordinatorOptions options = options_of(Shuffle::shards);
  options.lease_deadline = std::chrono::seconds(1);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    options.order.seed = seed;
    const SimulationResult result = result_of(cluster, options);
    EXPECT_TRUE(result.learned.empty()) << seed;
    EXPECT_GT(result.job.wasted_samples, 0) << seed;
  }
}

// A step of a dear file lasts longer than the deadline. Once others have found what it costs, its
// worker is as fast as before.
TEST(FileCosts, AreKnownOfWorkersThatWereLostInOne) {
  ClusterProfile cluster = cluster_of(300);
  cluster.ranks[5].speed = 50;
  SimulationResult result = result_of(cluster, options_of(Shuffle::none, 2));
  EXPECT_EQ(result.learned.size(), 1U);
  EXPECT_GT(result.job.wasted_samples, 0);
  for (const WorkerRecord& worker : result.workers) {
    EXPECT_GE(to_seconds(worker.last_end), 0.9 * result.makespan_s);
    EXPECT_GE(to_seconds(worker.busy), 0.75 * result.makespan_s);
  }
}

TEST(FileCosts, AreNotLearnedWhereStepsMixFiles) {
  for (const Shuffle shuffle : {Shuffle::block, Shuffle::full}) {
    EXPECT_TRUE(result_of(cluster_of(20), options_of(shuffle)).learned.empty());
  }
}

TEST(FileCosts, AreLearnedByTheDefaultPolicyAlone) {
  CoordinatorOptions options = options_of(Shuffle::none);
  options.policy.kind = PolicyKind::load;
  EXPECT_TRUE(result_of(cluster_of(20), options).learned.empty());
}

// Each file is dear on other workers: none of that holds for all of them.
TEST(FileCosts, ThatDifferFromWorkerToWorkerAreSoonLeftAlone) {
  ClusterProfile cluster = cluster_of(1);
  for (std::int64_t file = 0; file < files; ++file) {
    cluster.ranks[static_cast<std::size_t>(file % 6)].file_factors.push_back({file, 10});
  }
  EXPECT_TRUE(result_of(cluster, options_of(Shuffle::shards, 4)).learned.empty());
}

}  // namespace
}  // namespace evenkeel

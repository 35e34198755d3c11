// Which files are near to which workers is found out while the job runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/homes.h"
#include "dataset/samples.h"
#include "simulation/simulation.h"

namespace evenkeel {
namespace {

constexpr int files = 20;
constexpr int workers = 4;

ClusterProfile cluster_of(double away, double noise = 0.03) {
  ClusterProfile cluster;
  cluster.latency = std::chrono::microseconds(50);
  cluster.ranks.resize(workers);
  for (std::size_t i = 0; i < workers; ++i) {
    cluster.ranks[i].speed = i < 2 ? 200 : 100;
    cluster.ranks[i].noise = noise;
    for (std::int64_t file = 0; file < files && away > 1; ++file) {
      if (file % workers != static_cast<std::int64_t>(i)) {
        cluster.ranks[i].file_factors.push_back({file, away});
      }
    }
  }
  return cluster;
}

CoordinatorOptions options_of(std::uint64_t seed = 0, std::int32_t epochs = 1) {
  CoordinatorOptions options;
  options.workers = workers;
  options.epochs = epochs;
  options.step_samples = 8;
  options.deal = DealOrder::free;
  options.order = {Shuffle::shards, seed, 64};
  return options;
}

SimulationResult result_of(const ClusterProfile& cluster, const CoordinatorOptions& options) {
  std::vector<std::int64_t> samples;
  samples.reserve(files);
  for (int file = 0; file < files; ++file) samples.push_back(file % workers < 2 ? 1600 : 800);
  const Dataset dataset = Dataset::cut(manifest_of(samples), 400);
  SimulationResult result = simulate(dataset, cluster, options, options.order.seed);
  EXPECT_TRUE(result.complete);
  return result;
}

double ratio(const SimulationResult& result) { return result.makespan_s / result.bound_s; }

TEST(LearnedHomes, AreUsedWithinTheFirstEpoch) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_LE(ratio(result_of(cluster_of(1.5), options_of(seed))), 1.08) << seed;
    EXPECT_LE(ratio(result_of(cluster_of(3), options_of(seed))), 1.15) << seed;
    EXPECT_LE(ratio(result_of(cluster_of(10), options_of(seed))), 1.6) << seed;
  }
}

TEST(LearnedHomes, AreUsedInLaterEpochs) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const SimulationResult result = result_of(cluster_of(3), options_of(seed, 4));
    EXPECT_LE(ratio(result), 1.1) << seed;
    EXPECT_EQ(result.learned_homes.files.size(), files) << seed;
    for (const Homes::File& file : result.learned_homes.files) {
      EXPECT_EQ(file.home, file.file % workers) << seed;
    }
    EXPECT_TRUE(result.learned.empty());
  }
}

// Two workers on each of two hosts.
TEST(LearnedHomes, AreHosts) {
  ClusterProfile cluster = cluster_of(1);
  for (std::size_t i = 0; i < workers; ++i) {
    for (std::int64_t file = 0; file < files; ++file) {
      if (file % 2 != static_cast<std::int64_t>(i / 2)) {
        cluster.ranks[i].file_factors.push_back({file, 3});
      }
    }
  }
  CoordinatorOptions options = options_of(0, 4);
  options.hosts = {"a", "a", "b", "b"};
  const SimulationResult result = result_of(cluster, options);
  EXPECT_EQ(result.learned_homes.hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_GE(result.learned_homes.files.size(), files - 2)
      << "who has its own to do tries no others";
  for (const Homes::File& file : result.learned_homes.files) EXPECT_EQ(file.home, file.file % 2);
}

TEST(LearnedHomes, AreNoneWhereTheOrderIsFixed) {
  CoordinatorOptions options = options_of();
  options.deal = DealOrder::fixed;
  EXPECT_TRUE(result_of(cluster_of(3), options).learned_homes.empty());
}

// Speeds that change at the begin, dear files and noise are no matter of who does what.
TEST(LearnedHomes, AreNoneWhereItDoesNotMatter) {
  ClusterProfile steady = cluster_of(1);
  steady.file_factors = {{0, 5}, {7, 0.2}};
  ClusterProfile changing = cluster_of(1);
  changing.ranks[0].phases = {{instant_at(0.3), 20}, {instant_at(12), 200}};
  changing.ranks[3].phases = {{instant_at(0.4), 1000}};
  const ClusterProfile noisy = cluster_of(1, 0.3);
  for (const ClusterProfile& cluster : {steady, changing, noisy}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      EXPECT_TRUE(result_of(cluster, options_of(seed)).learned_homes.empty()) << seed;
    }
  }
}

// What a worker of another host holds beyond its step goes back once the file is known to be far.
TEST(LearnedHomes, AreLeftWhatWasDealtOutBefore) {
  ClusterProfile cluster = cluster_of(1);
  for (std::size_t i = 0; i < workers; ++i) {
    cluster.ranks[i].speed = 100;
    for (std::int64_t file = 0; file < files; ++file) {
      if (file % workers / 2 != static_cast<std::int64_t>(i / 2)) {
        cluster.ranks[i].file_factors.push_back({file, 10});
      }
    }
  }
  constexpr int seeds = 8;
  double sum = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    CoordinatorOptions options = options_of(seed);
    options.hosts = {"a", "a", "b", "b"};
    sum += ratio(result_of(cluster, options));
  }
  EXPECT_LE(sum / seeds, 1.375);
}

// Where homes are declared, whoever has done its own helps with a file that costs ten times what
// the manifest says, as all are equally far from it.
TEST(DeclaredHomes, DoNotKeepAnybodyFromADearFile) {
  const std::vector<std::string> hosts{"a", "b", "c", "d"};
  Manifest manifest = manifest_of({2000, 2000, 2000, 2000});
  for (std::int32_t file = 0; file < workers; ++file) {
    manifest.hosts.add(file, hosts[static_cast<std::size_t>(file)]);
  }
  const Dataset dataset = Dataset::cut(manifest, 512);
  ClusterProfile cluster = cluster_of(1, 0);
  for (RankProfile& rank : cluster.ranks) rank.speed = 1000;
  cluster.file_factors = {{1, 10}, {3, 0.2}};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CoordinatorOptions options = options_of(seed);
    options.step_samples = 32;
    options.homes = homes_of(dataset, hosts);
    EXPECT_LE(ratio(simulate(dataset, cluster, options, seed)), 1.7) << seed;
  }
}

}  // namespace
}  // namespace evenkeel

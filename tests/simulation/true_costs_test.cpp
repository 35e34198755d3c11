#include "simulation/true_costs.h"

#include <gtest/gtest.h>

#include "dataset/samples.h"
#include "simulation/simulation.h"

namespace evenkeel {
namespace {

RankProfile at_speed(double speed, std::vector<FileFactor> factors = {}) {
  RankProfile profile;
  profile.speed = speed;
  profile.file_factors = std::move(factors);
  return profile;
}

// Two files of 100 samples each, in their order.
const Dataset& two_files() {
  static const Dataset dataset = Dataset::cut(manifest_of({100, 100}), 100);
  return dataset;
}

EpochOrder order_of(const Dataset& dataset) {
  return {dataset, OrderOptions{.shuffle = Shuffle::none}, Epoch(0)};
}

constexpr Interval all{Position(0), Position(200)};
constexpr Interval middle{Position(90), Position(120)};

TEST(TrueCosts, AreAsDeclaredWithoutFactors) {
  const ClusterProfile cluster{.ranks = {at_speed(1)}};
  const TrueCosts costs(two_files(), cluster);
  EXPECT_EQ(costs.of(order_of(two_files()), middle, WorkerIndex(0)), 30);
  EXPECT_EQ(costs.least(), 200);
  EXPECT_EQ(costs.least_factor(), 1);
  EXPECT_EQ(costs.mean_factor(WorkerIndex(0)), 1);
}

TEST(TrueCosts, MultiplyTheFactorsOfAllAndOfTheRank) {
  const ClusterProfile cluster{.ranks = {at_speed(1, {{1, 3}}), at_speed(1, {{0, 4}})},
                               .file_factors = {{1, 20}}};
  const TrueCosts costs(two_files(), cluster);
  const EpochOrder order = order_of(two_files());
  EXPECT_EQ(costs.of(order, middle, WorkerIndex(0)), 10 + 20 * 20 * 3);
  EXPECT_EQ(costs.of(order, middle, WorkerIndex(1)), 10 * 4 + 20 * 20);
  EXPECT_EQ(costs.of(order, middle), 10 + 20 * 20);
  EXPECT_EQ(costs.of(order, all, WorkerIndex(1)), 400 + 2000);
  EXPECT_EQ(costs.mean_factor(), 10.5);
  EXPECT_EQ(costs.mean_factor(WorkerIndex(1)), 12);
}

TEST(TrueCosts, KnowWhereAFileCostsTheLeast) {
  const ClusterProfile cluster{
      .ranks = {at_speed(1, {{1, 3}}), at_speed(1, {{0, 0.5}, {1, 2}}), at_speed(1, {{1, 4}})}};
  const TrueCosts costs(two_files(), cluster);
  EXPECT_EQ(costs.least(), 50 + 200);
  EXPECT_EQ(costs.least_factor(), 0.5);
}

TEST(TrueCosts, NameAFileThatTheManifestDoesNotHave) {
  ClusterProfile cluster{.ranks = {at_speed(1), at_speed(1, {{0, 2}, {5, 3}})},
                         .file_factors = {{1, 20}}};
  EXPECT_FALSE(unknown_file(cluster, 6));
  EXPECT_EQ(unknown_file(cluster, 5)->file, 5);
  EXPECT_EQ(unknown_file(cluster, 5)->rank, 2);
  EXPECT_EQ(unknown_file(cluster, 1)->rank, 0);
}

TEST(TrueCosts, AreWhatStepsTakeInLeaseMode) {
  const ClusterProfile cluster{
      .latency = Duration(), .ranks = {at_speed(100, {{0, 2}})}, .file_factors = {{1, 20}}};
  CoordinatorOptions options;
  options.step_samples = 10;
  options.order.shuffle = Shuffle::none;
  const SimulationResult result = simulate(two_files(), cluster, options, 1);
  EXPECT_DOUBLE_EQ(result.makespan_s, 2 + 20);
  EXPECT_DOUBLE_EQ(result.bound_s, 22);
  EXPECT_DOUBLE_EQ(result.job.cost_done, 200);  // as declared
}

}  // namespace
}  // namespace evenkeel

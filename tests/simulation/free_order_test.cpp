// Where the order is free, nothing expensive is left for the end.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "dataset/samples.h"
#include "simulation/simulation.h"

namespace evenkeel {
namespace {

constexpr int files = 4000;

// One sample per file: a step's cost is a file's.
double ratio(const std::vector<double>& costs, DealOrder deal, std::uint64_t seed,
             Shuffle shuffle) {
  const std::vector<std::int64_t> samples(costs.size(), 1);
  const Dataset dataset = Dataset::cut(manifest_of(samples, costs), 1);
  ClusterProfile cluster;
  cluster.latency = std::chrono::microseconds(50);
  cluster.ranks.resize(8);
  for (std::size_t i = 0; i < 8; ++i) {
    cluster.ranks[i].speed = i < 4 ? 100 : 50;
    cluster.ranks[i].noise = 0.03;
  }
  CoordinatorOptions options;
  options.workers = 8;
  options.step_samples = 1;
  options.deal = deal;
  options.order = {shuffle, seed, 1};
  const SimulationResult result = simulate(dataset, cluster, options, seed);
  EXPECT_TRUE(result.complete);
  return result.makespan_s / result.bound_s;
}

double mean_ratio(double (*of)(DealOrder, std::uint64_t), DealOrder deal) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) sum += of(deal, seed);
  return sum / 10;
}

double of_pareto_costs(DealOrder deal, std::uint64_t seed) {
  Random random = Random(mix_pair(seed, 7));
  std::vector<double> costs;
  costs.reserve(static_cast<std::size_t>(files));
  for (int i = 0; i < files; ++i) costs.push_back(std::pow(1 - random.uniform(), -1 / 1.1));
  return ratio(costs, deal, seed, Shuffle::shards);
}

// The last file takes a fast worker six tenths of the job.
double of_the_dearest_last(DealOrder deal, std::uint64_t seed) {
  std::vector<double> costs(files, 1);
  costs.back() = 0.1 * files;
  return ratio(costs, deal, seed, Shuffle::none);
}

TEST(FreeOrder, CostsLittleWithDeclaredHeavyTails) {
  EXPECT_GT(mean_ratio(of_pareto_costs, DealOrder::fixed), 1.04);
  EXPECT_LE(mean_ratio(of_pareto_costs, DealOrder::free), 1.02);
}

TEST(FreeOrder, CostsLittleWhereTheDearestFileIsLast) {
  EXPECT_GT(mean_ratio(of_the_dearest_last, DealOrder::fixed), 1.3);
  EXPECT_LE(mean_ratio(of_the_dearest_last, DealOrder::free), 1.05);
}

}  // namespace
}  // namespace evenkeel

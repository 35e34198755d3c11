// The balance budget of lease mode, in virtual time: exact, and the same on every machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "scenarios/suite.h"

namespace evenkeel::scenarios {
namespace {

using namespace std::chrono_literals;

struct Limits {
  double least;
  double median;
  double messages_a_worker_second;
};

// Big clusters take a second a job: fewer seeds.
int seeds(const Scenario& scenario) { return scenario.cluster.ranks.size() > 64 ? 2 : 10; }

class Suite : public testing::TestWithParam<Duration> {};

TEST_P(Suite, AdaptiveEndsWithinItsBudget) {
  const Limits limits{0.99, 1.02, 12};
  std::vector<double> medians;
  for (const Scenario& scenario : load_suite(EVENKEEL_SCENARIOS)) {
    SCOPED_TRACE(scenario.name);
    std::vector<double> ratios;
    for (int seed = 0; seed < seeds(scenario); ++seed) {
      const Score score =
          run_once(scenario, GetParam(), PolicyKind::adaptive, static_cast<std::uint64_t>(seed));
      ASSERT_TRUE(score.complete);
      EXPECT_EQ(score.lost, 0);
      EXPECT_GE(score.ratio_less_a_step, limits.least);
      EXPECT_LE(score.messages_a_worker_second, limits.messages_a_worker_second);
      ratios.push_back(score.ratio_less_a_step);
    }
    std::sort(ratios.begin(), ratios.end());
    EXPECT_LE(ratios[ratios.size() / 2], limits.median);
    medians.push_back(ratios[ratios.size() / 2]);
  }
  ASSERT_GE(medians.size(), 10u);
  std::sort(medians.begin(), medians.end());
  EXPECT_LE(medians[medians.size() / 2], 1.005);
}

INSTANTIATE_TEST_SUITE_P(Latencies, Suite, testing::Values(Duration(50us), Duration(20ms)),
                         [](const testing::TestParamInfo<Duration>& latency) {
                           return latency.param < Duration(1ms) ? "of50us" : "of20ms";
                         });

// The point of it all: where nothing moves, everyone waits for the slowest.
TEST(Suite, AdaptiveBeatsTheEqualSplitWhereWorkersDiffer) {
  for (const Scenario& scenario : load_suite(EVENKEEL_SCENARIOS)) {
    if (scenario.name != "two-generations" && scenario.name != "mid-run-straggler") continue;
    const Score adaptive = run_once(scenario, 50us, PolicyKind::adaptive, 0);
    const Score equal = run_once(scenario, 50us, PolicyKind::static_split, 0);
    EXPECT_GT(equal.ratio, 1.5 * adaptive.ratio) << scenario.name;
  }
}

TEST(Bound, OfAnEvenClusterIsItsCostOverItsSpeed) {
  ClusterProfile cluster;
  cluster.ranks.resize(4);
  for (RankProfile& rank : cluster.ranks) rank.speed = 10;
  EXPECT_NEAR(bound_s(cluster, 400, 5), 10, 1e-9);
  cluster.ranks[0].overhead = 500ms;  // a step of 5 takes twice as long
  EXPECT_NEAR(bound_s(cluster, 350, 5), 10, 1e-9);
  cluster.ranks[1].phases.push_back({instant_at(5), 2});
  EXPECT_NEAR(bound_s(cluster, 310, 5), 10, 1e-9);
}

TEST(Bound, DividesNoStep) {
  ClusterProfile cluster;
  cluster.ranks.resize(4);
  for (RankProfile& rank : cluster.ranks) rank.speed = 10;
  EXPECT_NEAR(bound_s(cluster, 80, 5, {50, 30}), 5, 1e-9);
  cluster.ranks[2].phases.push_back({instant_at(1), 20});
  EXPECT_NEAR(bound_s(cluster, 80, 5, {50, 30}), 80.0 / 30, 1e-9);
}

}  // namespace
}  // namespace evenkeel::scenarios

// The balance budget of lease mode, in virtual time: exact, and the same on every machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
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

constexpr int seeds = 10;

// Big clusters take a second a job: the scenarios are run in parts, by number of workers and by
// latency, each a test of its own, so that they share the cores.
struct Part {
  const char* name;
  std::size_t more_than;  // workers
  std::size_t at_most;
  Duration latency;
};

class Suite : public testing::TestWithParam<Part> {
 protected:
  std::vector<Scenario> scenarios() const {
    std::vector<Scenario> suite = load_suite(EVENKEEL_SCENARIOS);
    std::erase_if(suite, [](const Scenario& scenario) {
      const std::size_t workers = scenario.cluster.ranks.size();
      return workers <= GetParam().more_than || workers > GetParam().at_most;
    });
    return suite;
  }
};

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

TEST_P(Suite, AdaptiveEndsWithinItsBudget) {
  const Limits limits{0.99, 1.02, 12};
  std::vector<double> medians;
  for (const Scenario& scenario : scenarios()) {
    SCOPED_TRACE(scenario.name);
    std::vector<double> ratios;
    for (int seed = 0; seed < seeds; ++seed) {
      const Score score = run_once(scenario, GetParam().latency, PolicyKind::adaptive,
                                   static_cast<std::uint64_t>(seed));
      ASSERT_TRUE(score.complete);
      EXPECT_EQ(score.lost, 0);
      EXPECT_GE(score.judged_ratio, limits.least);
      EXPECT_LE(score.messages_a_worker_second, limits.messages_a_worker_second);
      ratios.push_back(score.judged_ratio);
    }
    medians.push_back(median_of(ratios));
    EXPECT_LE(medians.back(), limits.median);
  }
  ASSERT_FALSE(medians.empty());
  EXPECT_LE(median_of(medians), 1.005);
}

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Parts, Suite,
    testing::Values(Part{"Small50us", 0, 64, 50us}, Part{"Small20ms", 0, 64, 20ms},
                    Part{"Large50us", 64, 256, 50us}, Part{"Large20ms", 64, 256, 20ms},
                    Part{"Huge50us", 256, any, 50us}, Part{"Huge20ms", 256, any, 20ms}),
    [](const testing::TestParamInfo<Part>& part) { return part.param.name; });

TEST(Suite, HasAllThatTheBudgetNames) { EXPECT_GE(load_suite(EVENKEEL_SCENARIOS).size(), 13U); }

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

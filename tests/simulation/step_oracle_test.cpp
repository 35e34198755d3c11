#include "simulation/step_oracle.h"

#include <gtest/gtest.h>

#include <chrono>

#include "dataset/samples.h"
#include "simulation/step_simulation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t files = 10;
constexpr std::int64_t samples = 1000;

const Dataset& dataset() {
  static const Dataset dataset =
      Dataset::cut(manifest_of(std::vector<std::int64_t>(files, samples / files)), 100);
  return dataset;
}

RankProfile at_speed(double speed) {
  RankProfile profile;
  profile.speed = speed;
  return profile;
}

// The lengths of ten steps of 100 samples, by the oracle.
std::vector<double> step_times_s(const ClusterProfile& cluster) {
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.order.shuffle = Shuffle::none;
  StepModeOptions mode;
  mode.line = {samples, 100, 1, true, 10};
  mode.most = 100;
  mode.least = 0;
  options.step = mode;
  std::vector<double> times_s;
  Instant before;
  for (const Instant end : oracle_step_ends(dataset(), cluster, options, 1)) {
    times_s.push_back(to_seconds(end - before));
    before = end;
  }
  return times_s;
}

TEST(StepOracle, DividesByTheSpeeds) {
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {at_speed(100), at_speed(300)}})[5], 0.25);
}

TEST(StepOracle, FillsStairs) {
  RankProfile stairs = at_speed(100);
  stairs.stair = 8;
  // 52 and 48 samples: seven stairs, and six.
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {stairs, stairs}})[0], 0.56);
  RankProfile faster = stairs;
  faster.speed = 200;
  // 32 and 68: four stairs are shorter than the other's nine.
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {stairs, faster}})[0], 0.36);
}

TEST(StepOracle, EqualsTheTimesOnCurves) {
  RankProfile square = at_speed(1000);
  square.exponent = 2;
  RankProfile straight = at_speed(100);
  // 27 squared is 729: 0.729 s, and 73 samples take 0.73 s.
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {square, straight}})[0], 0.73);
  RankProfile curve = at_speed(1);
  curve.curve = {{10, 0.3}, {20, 0.8}};
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {curve, straight}})[0], 0.8);  // of 20 and 80
}

TEST(StepOracle, WaitsForStandIns) {
  ClusterProfile cluster{.ranks = {at_speed(100), at_speed(0.1)}};
  EXPECT_DOUBLE_EQ(step_times_s(cluster)[0], 1);
  cluster.stand_in = 1;
  EXPECT_DOUBLE_EQ(step_times_s(cluster)[0], 10);
  cluster.ranks[0].stair = 50;  // no line
  EXPECT_DOUBLE_EQ(step_times_s(cluster)[0], 10);
}

TEST(StepOracle, KnowsOfWarmUps) {
  RankProfile cold = at_speed(100);
  cold.warm_up = {3, 4};
  const std::vector<double> times_s = step_times_s({.ranks = {cold, at_speed(100)}});
  EXPECT_DOUBLE_EQ(times_s[2], 0.8);
  EXPECT_DOUBLE_EQ(times_s[3], 0.5);
}

TEST(StepOracle, GivesLessToWhoPauses) {
  RankProfile pausing = at_speed(100);
  pausing.pauses = {4, 4, 200ms};
  const std::vector<double> times_s = step_times_s({.ranks = {pausing, at_speed(100)}});
  EXPECT_DOUBLE_EQ(times_s[3], 0.5);
  EXPECT_DOUBLE_EQ(times_s[4], 0.6);
  pausing.pauses.length = 2s;  // it cannot be avoided
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {pausing, at_speed(100)}})[4], 2);
}

TEST(StepOracle, KnowsTheTrueCostsOfFiles) {
  const std::vector<double> times_s =
      step_times_s({.ranks = {at_speed(100), at_speed(100)}, .file_factors = {{5, 20}}});
  EXPECT_DOUBLE_EQ(times_s[4], 0.5);
  EXPECT_DOUBLE_EQ(times_s[5], 10);
}

TEST(StepOracle, DoesNotKnowTheNoise) {
  RankProfile stalling = at_speed(100);
  stalling.heavy_noise.mixture_probability = 1;
  stalling.heavy_noise.mixture_factor = 3;
  EXPECT_DOUBLE_EQ(step_times_s({.ranks = {stalling, at_speed(100)}})[0], 1.5);
}

// The same draws, so that nothing but the division differs.
TEST(StepOracle, IsWhatNoDivisionBeatsInTheMean) {
  ClusterProfile cluster{.ranks = {at_speed(100), at_speed(300), at_speed(200)}};
  cluster.ranks[0].heavy_noise = {0.1, 0, 0.01, 5};
  cluster.ranks[1].stair = 8;
  cluster.ranks[2].warm_up = {5, 2};
  CoordinatorOptions options;
  options.workers = 3;
  StepModeOptions mode;
  mode.line = {samples, 100, 1, true, 200};
  mode.most = 100;
  mode.baseline = false;
  options.step = mode;
  const auto oracle = oracle_step_ends(dataset(), cluster, options, 1);
  for (const PolicyKind policy : {PolicyKind::adaptive, PolicyKind::static_split}) {
    options.policy.kind = policy;
    const auto ends = simulate_steps(dataset(), cluster, options, 1).step_ends;
    ASSERT_EQ(ends.size(), oracle.size());
    EXPECT_GT(to_seconds(ends.back()), 0.995 * to_seconds(oracle.back()));
  }
}

}  // namespace
}  // namespace evenkeel

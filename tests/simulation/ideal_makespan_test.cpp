#include "simulation/ideal_makespan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

RankProfile at_speed(double speed) {
  RankProfile profile;
  profile.speed = speed;
  return profile;
}

TEST(IdealMakespan, AddsUpTheSpeeds) {
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {at_speed(100), at_speed(300)}}, 4000, 1), 10);
}

TEST(IdealMakespan, CountsTheOverheadOfEveryStep) {
  RankProfile profile = at_speed(100);
  profile.overhead = 100ms;
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {profile}}, 100, 10), 2);
}

TEST(IdealMakespan, FollowsPhasesHangsAndDeaths) {
  RankProfile slowed = at_speed(100);
  slowed.phases = {{Instant(1s), 50}};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {slowed}}, 150, 1), 2);

  RankProfile hanging = at_speed(100);
  hanging.hangs = {{Instant(1s), Instant(3s)}};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {hanging}}, 200, 1), 4);

  RankProfile dying = at_speed(100);
  dying.dies_at = Instant(1s);
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {dying, at_speed(100)}}, 300, 1), 2);
}

TEST(IdealMakespan, FollowsTheChangesOfAllInOrderOfTime) {
  RankProfile late = at_speed(100);
  late.phases = {{Instant(2s), 400}};
  RankProfile early = at_speed(100);
  early.phases = {{Instant(1s), 200}};
  // 200 in the first second, 300 in the next, then 600 a second.
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {late, early}}, 800, 1), 2.5);
}

TEST(IdealMakespan, IsInfiniteIfAllDieBefore) {
  RankProfile dying = at_speed(100);
  dying.dies_at = Instant(1s);
  EXPECT_EQ(ideal_makespan_s({50us, {dying}}, 101, 1), std::numeric_limits<double>::infinity());
}

// Three steps of 100 and less than 100 of the rest; the argument holds their sums.
const std::vector<double> large_steps{100, 200, 300};

TEST(IdealMakespan, DividesNoStep) {
  const RankProfile one = at_speed(100);
  EXPECT_NEAR(ideal_makespan_s({50us, {one, one, one, one}}, 100, 100, {large_steps.data(), 1}), 1,
              1e-9);
  // The second step finds only a slow worker, or waits for the first.
  EXPECT_NEAR(ideal_makespan_s({50us, {one, at_speed(25)}}, 200, 100, {large_steps.data(), 2}), 1.6,
              1e-9);
  EXPECT_NEAR(ideal_makespan_s({50us, {one, at_speed(25), at_speed(25), at_speed(25)}}, 200, 100,
                               {large_steps.data(), 2}),
              1.6, 1e-9);
}

TEST(IdealMakespan, IsThatOfTheWholeWhereStepsAreSmall) {
  const RankProfile one = at_speed(100);
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {one, one, one}}, 3000, 100, large_steps), 10);
}

TEST(IdealMakespan, CountsTheOverheadOfALargeStep) {
  RankProfile profile = at_speed(100);
  profile.overhead = 500ms;
  EXPECT_NEAR(ideal_makespan_s({50us, {profile, profile}}, 100, 100, {large_steps.data(), 1}), 1.5,
              1e-9);
  // A second at full speed is enough: at best, the overhead falls into the slow time.
  profile.phases = {{Instant(500ms), 200}};
  EXPECT_NEAR(ideal_makespan_s({50us, {profile, profile}}, 100, 100, {large_steps.data(), 1}), 1,
              1e-9);
}

TEST(IdealMakespan, KnowsWhenALargeStepCanBeDone) {
  RankProfile late = at_speed(10);
  late.phases = {{Instant(2s), 80}};
  EXPECT_NEAR(ideal_makespan_s({50us, {late, late}}, 100, 100, {large_steps.data(), 1}), 3, 1e-9);
  RankProfile hanging = at_speed(100);
  hanging.hangs = {{Instant(500ms), Instant(2s)}};
  EXPECT_NEAR(ideal_makespan_s({50us, {hanging, hanging}}, 100, 100, {large_steps.data(), 1}), 2.5,
              1e-9);
}

TEST(IdealMakespan, CountsTheMeanOfTheNoise) {
  RankProfile stalling = at_speed(100);
  stalling.heavy_noise = {0.5, 1.5, 0.01, 11};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {stalling}}, 1000, 10), 11);
  EXPECT_NEAR(ideal_makespan_s({50us, {stalling}}, 100, 100, {large_steps.data(), 1}), 1.1, 1e-9);
}

TEST(IdealMakespan, CountsTheWarmUp) {
  RankProfile cold = at_speed(100);
  cold.warm_up = {10, 5};
  // Ten steps of half a second, then ten a second.
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {cold}}, 50, 10), 2.5);
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {cold}}, 200, 10), 6);
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {cold, at_speed(100)}}, 650, 10), 5.25);
}

TEST(IdealMakespan, EndsTheWarmUpLaterForHangsAndPhases) {
  RankProfile cold = at_speed(100);
  cold.warm_up = {10, 5};
  cold.hangs = {{Instant(1s), Instant(2s)}};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {cold}}, 200, 10), 7);
  cold.phases = {{Instant(4s), 50}};  // six steps are done: four more of a second
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {cold}}, 200, 10), 10);
}

TEST(IdealMakespan, CountsThePauses) {
  RankProfile pausing = at_speed(100);
  pausing.pauses = {10, 10, 500ms};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {pausing}}, 100, 10), 1);  // none so far
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {pausing}}, 300, 10), 4);
  pausing.pauses.first = 0;
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {pausing}}, 300, 10), 4.5);
}

TEST(IdealMakespan, FollowsStairsPowersAndCurves) {
  RankProfile stairs = at_speed(100);
  stairs.stair = 8;
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {stairs}}, 100, 10), 1.6);
  RankProfile square = at_speed(100);
  square.exponent = 2;
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {square}}, 100, 10), 10);
  EXPECT_NEAR(ideal_makespan_s({50us, {square, square}}, 100, 100, {large_steps.data(), 1}), 100,
              1e-6);
  RankProfile curve = at_speed(2);
  curve.curve = {{5, 1}, {15, 3}};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {curve}}, 100, 10), 10);
}

// What a worker can have done of a large step counts by the curve, too.
TEST(IdealMakespan, IsNoLongerForStairsWithACurve) {
  RankProfile tiled = at_speed(1);
  tiled.stair = 8;
  tiled.curve = {{8, 0.1}, {80, 1}};
  const std::vector<double> largest{80, 160};
  EXPECT_DOUBLE_EQ(ideal_makespan_s({50us, {tiled}}, 800, 80, largest), 10);
  RankProfile knee = at_speed(1);  // its best point is in between
  knee.curve = {{1, 1}, {10, 1}, {20, 20}};
  EXPECT_NEAR(ideal_makespan_s({50us, {knee}}, 40, 20, std::vector<double>{20, 21}), 40, 1e-6);
}

TEST(IdealMakespan, IsInfiniteIfNobodyLivesForALargeStep) {
  RankProfile dying = at_speed(100);
  dying.dies_at = Instant(600ms);
  EXPECT_EQ(ideal_makespan_s({50us, {dying, dying}}, 100, 100, {large_steps.data(), 1}),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace evenkeel

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

TEST(IdealMakespan, IsInfiniteIfNobodyLivesForALargeStep) {
  RankProfile dying = at_speed(100);
  dying.dies_at = Instant(600ms);
  EXPECT_EQ(ideal_makespan_s({50us, {dying, dying}}, 100, 100, {large_steps.data(), 1}),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace evenkeel

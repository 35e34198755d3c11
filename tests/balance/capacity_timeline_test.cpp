#include "balance/capacity_timeline.h"

#include <gtest/gtest.h>

#include <chrono>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Instant at(Duration since_start) { return Instant(since_start); }

TEST(CapacityTimeline, IsZeroWithoutAnyCapacity) { EXPECT_EQ(CapacityTimeline().time_of_s(5), 0); }

TEST(CapacityTimeline, ReachesACostAtAConstantRate) {
  CapacityTimeline timeline;
  timeline.add(at(0s), at(10s), 2);
  EXPECT_DOUBLE_EQ(timeline.time_of_s(10), 5);
  EXPECT_DOUBLE_EQ(timeline.time_of_s(20), 10);
}

TEST(CapacityTimeline, FollowsAChangeOfRate) {
  CapacityTimeline timeline;
  timeline.add(at(0ms), at(100ms), 40);
  timeline.add(at(100ms), at(300ms), 10);
  EXPECT_NEAR(timeline.time_of_s(5), 0.2, 1e-9);
}

TEST(CapacityTimeline, AddsUpTheWorkers) {
  CapacityTimeline timeline;
  timeline.add(at(0ms), at(200ms), 1);
  timeline.add(at(0ms), at(200ms), 3);
  EXPECT_NEAR(timeline.time_of_s(0.4), 0.1, 1e-9);
}

TEST(CapacityTimeline, SkipsTimeWithoutCapacity) {
  CapacityTimeline timeline;
  timeline.add(at(0ms), at(100ms), 1);
  timeline.add(at(200ms), at(300ms), 1);
  EXPECT_NEAR(timeline.time_of_s(0.15), 0.25, 1e-9);
}

TEST(CapacityTimeline, IsFinerThanItsBinsWhereItEnds) {
  CapacityTimeline timeline;
  timeline.add(at(0us), at(1500us), 2);
  EXPECT_NEAR(timeline.time_of_s(0.0025), 0.00125, 1e-12);
}

TEST(CapacityTimeline, GrowsWithTheJob) {
  CapacityTimeline timeline;
  timeline.add(at(0s), at(1s), 1);
  timeline.add(at(0s), at(1024ms), 1);  // just beyond the first range
  EXPECT_NEAR(timeline.time_of_s(2.024), 1.024, 1e-9);
  timeline.add(at(0s), at(100'000s), 1);
  EXPECT_NEAR(timeline.time_of_s(302.024), 300, 1e-6);
}

TEST(CapacityTimeline, GoesOnAtTheMeanRateBeyondItsEnd) {
  CapacityTimeline timeline;
  timeline.add(at(0s), at(10s), 1);
  EXPECT_DOUBLE_EQ(timeline.time_of_s(20), 20);
}

TEST(CapacityTimeline, CountsFromTheStartOnly) {
  CapacityTimeline timeline;
  timeline.add(at(-1s), at(1s), 1);
  EXPECT_NEAR(timeline.time_of_s(1), 1, 1e-9);
}

TEST(CapacityTimeline, AddsNothingForAnEmptySpan) {
  CapacityTimeline timeline;
  timeline.add(at(0s), at(1s), 1);
  timeline.add(at(5s), at(5s), 1);
  timeline.add(at(5s), at(4s), 1);
  timeline.add(at(5s), at(6s), 0);
  EXPECT_DOUBLE_EQ(timeline.time_of_s(2), 2);
}

}  // namespace
}  // namespace evenkeel

#include "balance/part_work.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace evenkeel {
namespace {

constexpr double noise = 0.02;
const WorkCurve in_proportion;

void does(PartWork& work, double size, double seconds, int steps) {
  for (int i = 0; i < steps; ++i) {
    work.visit(size, seconds, in_proportion);
    if (!work.takes_for_work(seconds, noise)) work.learn(seconds, noise);
  }
}

// Steps of 10 micro-batches that take a second each.
PartWork steady() {
  PartWork work;
  does(work, 10, 1, 20);
  return work;
}

double work_of(const PartWork& work, double size) {
  for (const MeasuredPart& part : work.parts()) {
    if (part.micro_batches == size) return part.work;
  }
  return 0;
}

TEST(PartWork, CountsInMicroBatchesOfTheFirstSize) {
  const PartWork work = steady();
  ASSERT_EQ(work.parts().size(), 1U);
  EXPECT_NEAR(work.work(), 10, 1e-9);
}

TEST(PartWork, TakesAnUnexpectedTimeOfANewSizeForItsWork) {
  PartWork work = steady();
  work.visit(12, 2, in_proportion);
  EXPECT_NEAR(work.work(), 12, 1e-9);
  EXPECT_TRUE(work.takes_for_work(2, noise));
  EXPECT_NEAR(work.work(), 20, 0.2);
  EXPECT_NEAR(work_of(work, 10), 10, 1e-9);
  EXPECT_TRUE(work.is_new());
}

TEST(PartWork, TakesTheTimeOfAKnownSizeForThePace) {
  PartWork work = steady();
  does(work, 12, 1.2, 5);
  EXPECT_FALSE(work.is_new());
  work.visit(12, 2, in_proportion);
  EXPECT_FALSE(work.takes_for_work(2, noise));
  EXPECT_EQ(work.judge_change(2 / 1.2, noise), PartWork::Change::of_pace);
  EXPECT_NEAR(work_of(work, 12) / work_of(work, 10), 1.2, 0.05);
}

TEST(PartWork, TakesAStallOfANewSizeForAStall) {
  PartWork work = steady();
  work.visit(12, 20, in_proportion);
  EXPECT_FALSE(work.takes_for_work(20, noise));
  work.learn(20, noise);
  EXPECT_NEAR(work.work(), 12, 1e-9);
}

// If a pace was wrongly believed, sizes that are new right then would be taken for odd ones.
TEST(PartWork, TakesNothingForWorkSoonAfterAChangeOfPace) {
  PartWork work = steady();
  ASSERT_EQ(work.judge_change(3, noise), PartWork::Change::of_pace);
  work.visit(4, 0.4, in_proportion);  // a third of what is expected now
  EXPECT_FALSE(work.takes_for_work(0.4, noise));
}

// It was in two stalls.
TEST(PartWork, BelievesThatASizeWhichWasHardlyMeasuredWasMeasuredWrongly) {
  PartWork work = steady();
  does(work, 12, 2.4, 2);
  EXPECT_NEAR(work.work(), 24, 0.5);
  does(work, 10, 1, 5);
  work.visit(12, 1.2, in_proportion);
  EXPECT_FALSE(work.takes_for_work(1.2, noise));
  EXPECT_EQ(work.judge_change(0.5, noise), PartWork::Change::of_size);
  EXPECT_NEAR(work.work(), 12, 0.5);
  EXPECT_NEAR(work_of(work, 10), 10, 0.1);
}

// It cannot be less work than a smaller one, nor ten times as much as one that is a little smaller.
TEST(PartWork, BelievesAChangeThatBeginsWithANewSizeToBeOneOfPaceIfTheSizeCannotExplainIt) {
  PartWork work = steady();
  does(work, 14, 1.4, 5);
  work.visit(12, 0.3, in_proportion);
  EXPECT_FALSE(work.takes_for_work(0.3, noise));
  EXPECT_EQ(work.judge_change(0.3 / 1.2, noise), PartWork::Change::of_pace);
  PartWork other = steady();
  does(other, 12, 12, 2);
  EXPECT_EQ(other.judge_change(10, noise), PartWork::Change::of_pace);
}

TEST(PartWork, ForgetsOtherSizesWhenThePaceChangesTwiceInAShortTime) {
  PartWork work = steady();
  does(work, 14, 1.4, 8);
  ASSERT_EQ(work.judge_change(3, noise), PartWork::Change::of_pace);
  does(work, 14, 4.2, 5);
  ASSERT_EQ(work.judge_change(0.3, noise), PartWork::Change::doubtful);
  ASSERT_EQ(work.parts().size(), 1U);
  EXPECT_EQ(work.parts()[0].micro_batches, 14);
}

TEST(PartWork, LetsADriftOfThePaceBeOne) {
  PartWork work = steady();
  double pace = 0.1;
  for (int i = 0; i < 200; ++i) {
    pace *= 1.001;
    does(work, i % 20 < 10 ? 10 : 12, pace * (i % 20 < 10 ? 10 : 12), 1);
  }
  EXPECT_NEAR(work_of(work, 12) / work_of(work, 10), 1.2, 0.02);
}

TEST(PartWork, KeepsTheSizesThatTellMost) {
  PartWork work = steady();
  for (int size = 11; size <= 60; ++size) does(work, size, 0.1 * size, 2);
  EXPECT_EQ(work.parts().size(), PartWork::most_sizes);
  EXPECT_EQ(work.parts().front().micro_batches, 10);
  EXPECT_EQ(work.parts().back().micro_batches, 60);
  EXPECT_NEAR(work.work(), 60, 3);
  for (std::size_t i = 1; i < work.parts().size(); ++i) {
    EXPECT_LT(work.parts()[i - 1].micro_batches, work.parts()[i].micro_batches);
  }
}

}  // namespace
}  // namespace evenkeel

#include "balance/stand_in.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

// Of a worker that needs 2 s for a micro-batch when it is left out.
double seen(StandIn& worker, double micro_batches, double seconds) {
  return worker.saw(micro_batches, seconds, 2);
}

TEST(StandIn, OfAMicroBatchTakesAsLongAsOne) {
  StandIn worker;
  for (const double seconds : {2.0, 0.5, 30.0}) EXPECT_EQ(seen(worker, 1, seconds), seconds);
  EXPECT_TRUE(worker.is_certain());
}

TEST(StandIn, OfAMicroBatchIsCertainWhateverItsFirstTime) {
  StandIn worker;
  EXPECT_EQ(seen(worker, 1, 0.001), 0.001);
  EXPECT_TRUE(worker.is_certain());
}

TEST(StandIn, OfLessIsComparedWithTheLastPart) {
  StandIn worker;
  EXPECT_EQ(seen(worker, 0.125, 0.5), 2);  // a part of the time does not depend on the samples
  EXPECT_TRUE(worker.is_certain());
  EXPECT_EQ(seen(worker, 0.125, 0.25), 1);  // twice as fast
  EXPECT_EQ(worker.seconds(8), 2);
}

TEST(StandIn, TakesNoShorterThanInProportionAndNoLongerThanAPart) {
  StandIn proportional;
  EXPECT_EQ(seen(proportional, 0.125, 0.24), 8 * 0.24);
  EXPECT_TRUE(proportional.is_certain());
  StandIn level;
  EXPECT_EQ(seen(level, 0.125, 2.1), 2.1);
  EXPECT_TRUE(level.is_certain());
}

// The worker stalled in its part: how much longer a micro-batch takes is not known.
TEST(StandIn, ThatWasNotAsFastAsInItsPartMayTakeTheLongestTime) {
  StandIn worker;
  EXPECT_EQ(seen(worker, 0.125, 0.01), 0.08);
  EXPECT_FALSE(worker.is_certain());
  EXPECT_EQ(seen(worker, 0.125, 0.02), 0.16);
  StandIn slower;
  EXPECT_EQ(seen(slower, 0.125, 10), 80);
  EXPECT_FALSE(slower.is_certain());
}

TEST(StandIn, IsComparedWithEveryNewPart) {
  StandIn worker;
  seen(worker, 0.125, 0.01);
  worker.saw_part();
  EXPECT_EQ(worker.saw(0.125, 0.01, 0.04), 0.04);
  EXPECT_TRUE(worker.is_certain());
}

TEST(StandIn, LargerThanAMicroBatchTakesLonger) {
  StandIn worker;
  EXPECT_EQ(seen(worker, 2, 3), 2);
  EXPECT_EQ(seen(worker, 2, 1.5), 1);
}

TEST(StandIn, TakesNoTimeBeforeAnyWasSeen) { EXPECT_EQ(StandIn().seconds(2), 0); }

}  // namespace
}  // namespace evenkeel

#include "coordinator/recent_times.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(RecentTimes, HaveNoQuantilesWhileThereAreNone) {
  const RecentTimes times(4);
  EXPECT_TRUE(times.empty());
  EXPECT_EQ(times.quantile(0.5), 0);
}

TEST(RecentTimes, KnowTheMedian) {
  RecentTimes times(8);
  for (const double seconds : {5.0, 1.0, 9.0}) times.add(seconds);
  EXPECT_FALSE(times.empty());
  EXPECT_EQ(times.quantile(0.5), 5);
}

TEST(RecentTimes, KnowWhichShareIsShorter) {
  RecentTimes times(100);
  for (int i = 100; i > 0; --i) times.add(i);
  EXPECT_EQ(times.quantile(0), 1);
  EXPECT_EQ(times.quantile(0.95), 96);
  EXPECT_EQ(times.quantile(0.999), 100);
}

TEST(RecentTimes, ForgetTheOldest) {
  RecentTimes times(3);
  for (const double seconds : {100.0, 90.0, 1.0, 2.0}) times.add(seconds);
  EXPECT_EQ(times.quantile(0.5), 2);  // of 90, 1 and 2
  EXPECT_EQ(times.quantile(0.99), 90);
  times.add(3);
  EXPECT_EQ(times.quantile(0.99), 3);
}

}  // namespace
}  // namespace evenkeel

#include "balance/prior_trust.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(PriorTrust, IsWholeUntilTwoAreMeasured) {
  PriorTrust trust;
  EXPECT_EQ(trust.exponent(), 1);
  trust.add(100, 1);
  EXPECT_EQ(trust.exponent(), 1);
}

TEST(PriorTrust, IsWholeIfTheRatiosAreRightInWhateverUnit) {
  PriorTrust trust;
  for (const double speed : {1.0, 30.0, 7.0}) trust.add(speed, 400 * speed);
  EXPECT_NEAR(trust.exponent(), 1, 1e-12);
}

TEST(PriorTrust, IsNearlyGoneAfterOneGreatContradiction) {
  PriorTrust trust;
  trust.add(100, 1);
  trust.add(1, 1);
  EXPECT_LT(trust.exponent(), 0.03);
}

TEST(PriorTrust, IsGoneIfTheOppositeIsTrue) {
  PriorTrust trust;
  trust.add(100, 1);
  trust.add(1, 100);
  EXPECT_EQ(trust.exponent(), 0);
}

TEST(PriorTrust, IsHalfForRatiosThatAreHalfRight) {
  PriorTrust trust;
  for (const double speed : {1e-6, 1.0, 1e6}) trust.add(speed * speed, speed);
  EXPECT_NEAR(trust.exponent(), 0.5, 0.01);
}

TEST(PriorTrust, DoesNotGoForASmallContradiction) {
  PriorTrust trust;
  trust.add(1, 1.05);
  trust.add(1.1, 1);
  EXPECT_GT(trust.exponent(), 0.9);
}

TEST(PriorTrust, IsNeverMoreThanWhole) {
  PriorTrust trust;
  trust.add(1, 1);
  trust.add(2, 100);
  EXPECT_EQ(trust.exponent(), 1);
}

TEST(PlausibleSpeeds, MayBeMuchSlowerButNotMuchFasterThanTheOthers) {
  const PerWorker<double> one_slow{1, 1, 1, 0.001};
  EXPECT_EQ(plausible_speeds(one_slow), one_slow);
  const PerWorker<double> two{1, 100};
  EXPECT_EQ(plausible_speeds(two), two);
  const PerWorker<double> limited = plausible_speeds({1, 1, 1000});
  EXPECT_EQ(limited[WorkerIndex(0)], 1);
  EXPECT_NEAR(limited[WorkerIndex(2)], 160, 1e-9);
  EXPECT_EQ(plausible_speeds({}), PerWorker<double>());
}

}  // namespace
}  // namespace evenkeel

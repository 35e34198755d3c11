#include "balance/pace_trend.h"

#include <gtest/gtest.h>

#include <cmath>

namespace evenkeel {
namespace {

TEST(PaceTrend, HasNoSlopeAfterOneReport) {
  PaceTrend trend;
  trend.observe(4, 40, 8);
  EXPECT_DOUBLE_EQ(trend.mean(), 0.2);
  EXPECT_DOUBLE_EQ(trend.next(), 0.2);
  EXPECT_EQ(trend.steps(), 4);
}

TEST(PaceTrend, WeighsStepsByAgeAndCost) {
  PaceTrend trend;
  trend.observe(1, 10, 10);
  trend.observe(1, 30, 90);
  const double older = std::exp(-1.0 / 16);
  EXPECT_NEAR(trend.mean(), (older * 10 + 90) / (older * 10 + 30), 1e-12);
  EXPECT_NEAR(trend.steps(), older + 1, 1e-12);
}

// By hand, w = e^(−1/16): mean (w + 2) / (w + 1) = 1.51562, mean k −w / (w + 1) = −0.48438, their
// covariance and the variance of k 0.24976, and the prior 64 / (w + 1) = 32.9996.
TEST(PaceTrend, HardlyTrustsASlopeOfTwoSteps) {
  PaceTrend trend;
  trend.observe(1, 1, 1);
  trend.observe(1, 1, 2);
  EXPECT_NEAR(trend.next(), 1.51562 + 0.24976 / (0.24976 + 32.9996) * 1.48438, 1e-5);
}

TEST(PaceTrend, GoesOnAlongALine) {
  PaceTrend trend;
  for (int step = 0; step < 300; ++step) trend.observe(1, 10, 10 + 0.1 * step);
  EXPECT_NEAR(trend.next(), 4.00, 0.003);
  EXPECT_NEAR(trend.mean(), 3.99 - 0.01 / std::expm1(1.0 / 16), 1e-6);
}

TEST(PaceTrend, SeesTheSameLineInReportsOfSeveralSteps) {
  PaceTrend trend;
  for (int step = 0; step < 100; step += 4) trend.observe(4, 40, 40 + 0.4 * (step + 1.5));
  EXPECT_NEAR(trend.next(), 2.00, 0.003);
}

TEST(PaceTrend, IgnoresStepsOfZeroTime) {
  PaceTrend trend;
  for (int i = 0; i < 20; ++i) trend.observe(1, 10, 10);
  trend.add(5, 50, 50);
  EXPECT_NEAR(trend.next(), 1, 1e-12);
}

TEST(PaceTrend, ExpectsNoChangeBeyondTwofold) {
  PaceTrend trend;
  for (int step = 0; step < 100; ++step) trend.observe(1, 1, std::pow(0.5, step) + 1e-9);
  EXPECT_DOUBLE_EQ(trend.next(), trend.mean() / 2);
  trend = PaceTrend();
  for (int step = 0; step < 100; ++step) trend.observe(1, 1, std::pow(1.5, step));
  EXPECT_LE(trend.next(), 2 * trend.mean());
  EXPECT_GT(trend.next(), 1.1 * trend.mean());
}

}  // namespace
}  // namespace evenkeel

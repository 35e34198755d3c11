#include "balance/baseline.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

namespace evenkeel {
namespace {

// Two steps of warm-up, in a job of so many steps.
Baseline baseline_of(std::int64_t steps) { return {2, steps}; }

TEST(Baseline, IsNoneUnlessOneIsWanted) {
  Baseline none;
  EXPECT_FALSE(none.lasts(0, 1.0));
  EXPECT_EQ(none.end(), 0);
  EXPECT_FALSE(none.measures(0));
  EXPECT_FALSE(none.is_known());
}

TEST(Baseline, LastsUntilAStepHasBeenMeasuredWhateverThatCosts) {
  Baseline baseline = baseline_of(10);
  EXPECT_TRUE(baseline.lasts(9, 0.001));
  EXPECT_EQ(baseline.end(), Baseline::undecided);
}

TEST(Baseline, MeasuresNoWarmUp) {
  const Baseline baseline = baseline_of(10);
  EXPECT_FALSE(baseline.measures(1));
  EXPECT_TRUE(baseline.measures(2));
}

TEST(Baseline, EndsOnceTheTimeIsKnownToFivePercent) {
  Baseline baseline = baseline_of(1'000'000);
  for (const double step_s : {0.9, 1.1, 0.9}) baseline.measure(step_s);  // to 6.9 %
  EXPECT_FALSE(baseline.is_known());
  EXPECT_TRUE(baseline.lasts(5, 0.99));
  for (const double step_s : {1.1, 0.9, 1.1}) baseline.measure(step_s);  // to 4.5 %
  EXPECT_TRUE(baseline.is_known());
  EXPECT_FALSE(baseline.lasts(8, 0.99));
  EXPECT_EQ(baseline.end(), 8);
  EXPECT_TRUE(baseline.measures(7));
  EXPECT_FALSE(baseline.measures(8));
}

TEST(Baseline, IsNotKnownFromTwoStepsThatAgree) {
  Baseline baseline = baseline_of(1'000'000);
  baseline.measure(1);
  baseline.measure(1);
  EXPECT_FALSE(baseline.is_known());
  baseline.measure(1);
  EXPECT_TRUE(baseline.is_known());
}

TEST(Baseline, EndsOnceItHasCostOnePercentOfTheJob) {
  // Balanced, a step takes a second less than the two that it takes: one equal step is a hundredth
  // of a job of 100 seconds.
  for (const std::int64_t steps : {100, 102}) {
    Baseline baseline = baseline_of(steps);
    baseline.measure(2);
    EXPECT_EQ(baseline.lasts(3, 1.0), steps == 102) << steps;
  }
}

TEST(Baseline, CountsWhatIsPlannedAsCost) {
  Baseline baseline = baseline_of(1000);
  baseline.measure(2);
  EXPECT_TRUE(baseline.lasts(12, 1.0));
  EXPECT_FALSE(baseline.lasts(13, 1.0));
  EXPECT_FALSE(baseline.is_known());
}

TEST(Baseline, CostsNothingThatIsKnownWhileNobodyHasBeenMeasured) {
  Baseline baseline = baseline_of(10);
  baseline.measure(2);
  EXPECT_TRUE(baseline.lasts(9, std::nullopt));
}

TEST(Baseline, EndsWhereTheTimeWillNeverBeKnown) {
  Baseline baseline = baseline_of(1'000'000);
  double step_s = 1;
  std::int64_t step = 2;
  while (baseline.lasts(step, std::nullopt)) {
    baseline.measure(step_s *= 1.1);
    ASSERT_LE(++step, 258);
  }
  EXPECT_FALSE(baseline.is_known());
  EXPECT_EQ(baseline.end(), 258);
}

}  // namespace
}  // namespace evenkeel

#include "balance/work_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

constexpr double certain = 1e4;

WorkCurve through(const std::vector<MeasuredPart>& parts) {
  WorkCurve curve;
  curve.set(parts, true);
  return curve;
}

TEST(WorkCurve, IsInProportionBeforeAnythingIsMeasured) {
  EXPECT_EQ(WorkCurve().work(7), 7);
  EXPECT_EQ(WorkCurve().most_within(7.5, 100), 7);
}

TEST(WorkCurve, IsInProportionToASinglePart) {
  const WorkCurve curve = through({{10, 20, certain}});
  EXPECT_DOUBLE_EQ(curve.work(5), 10);
  EXPECT_DOUBLE_EQ(curve.work(10), 20);
  EXPECT_DOUBLE_EQ(curve.work(15), 30);
}

TEST(WorkCurve, GoesOnAlongTheLineOfPartsFarApart) {
  const WorkCurve curve = through({{10, 15, certain}, {11, 15.9, certain}, {40, 45, certain}});
  EXPECT_NEAR(curve.work(5), 10, 1e-9);  // as 10 and 40, with a fixed work of 5
  EXPECT_NEAR(curve.work(25.5), (15.9 + 45) / 2, 1e-9);
  EXPECT_NEAR(curve.work(69), 45 + 29.1, 1e-9);  // as 11 and 40
}

TEST(WorkCurve, NeverFalls) {
  const WorkCurve curve = through({{10, 20, certain}, {11, 18, certain}, {12, 23, certain}});
  EXPECT_DOUBLE_EQ(curve.work(10), 19);
  EXPECT_DOUBLE_EQ(curve.work(11), 19);
  EXPECT_DOUBLE_EQ(curve.work(12), 23);
}

TEST(WorkCurve, PoolsPartsByTheirCertainty) {
  EXPECT_DOUBLE_EQ(through({{10, 20, 300}, {11, 16, 100}}).work(11), 19);
}

TEST(WorkCurve, TakesAJumpToBeInTheMiddle) {
  const WorkCurve curve = through({{40, 40, certain}, {44, 80, certain}});
  EXPECT_EQ(curve.work(42), 40);
  EXPECT_EQ(curve.work(43), 80);
}

TEST(WorkCurve, FollowsTilesBetweenMeasuredParts) {
  const auto stairs = [](double size) { return 8 * std::ceil(size / 8); };
  std::vector<MeasuredPart> parts;
  for (const double size : {8, 9, 15, 17, 32}) parts.push_back({size, stairs(size), certain});
  const WorkCurve curve = through(parts);
  ASSERT_TRUE(curve.tiles());
  for (const double size : {3, 10, 16, 20, 24, 25, 33, 41, 60}) {
    EXPECT_NEAR(curve.work(size), stairs(size), 1e-6) << size;
  }
  EXPECT_EQ(curve.most_within(24.1, 100), 24);
  EXPECT_EQ(curve.most_within(23.9, 100), 16);
}

TEST(WorkCurve, KeepsItsTilesUnlessToldToLookForThem) {
  std::vector<MeasuredPart> parts;
  for (const double size : {8, 9, 15, 17, 32}) {
    parts.push_back({size, 8 * std::ceil(size / 8), certain});
  }
  WorkCurve curve;
  curve.set(parts, false);
  EXPECT_FALSE(curve.tiles());
  curve.set(parts, true);
  EXPECT_TRUE(curve.tiles());
  curve.set({{10, 10, certain}}, false);
  EXPECT_TRUE(curve.tiles());
}

TEST(WorkCurve, AscendsThroughRandomPartsAndIsInvertedExactly) {
  Random random(0);
  for (int run = 0; run < 300; ++run) {
    std::vector<MeasuredPart> parts;
    double size = 0;
    for (int i = 0; i < 8; ++i) {
      size += 1 + std::floor(8 * random.uniform());
      parts.push_back({size, size * (0.5 + random.uniform()), 100 + 1e4 * random.uniform()});
    }
    const WorkCurve curve = through(parts);
    for (std::int64_t n = 1; n < 100; ++n) {
      const double work = curve.work(static_cast<double>(n));
      ASSERT_GT(work, 0) << run << ' ' << n;
      ASSERT_LE(work, curve.work(static_cast<double>(n + 1))) << run << ' ' << n;
      const std::int64_t most = curve.most_within(work, 1000);
      ASSERT_GE(most, n) << run;
      ASSERT_LE(curve.work(static_cast<double>(most)), work) << run;
      ASSERT_GT(curve.work(static_cast<double>(most + 1)), work) << run;
    }
    ASSERT_EQ(curve.most_within(0, 1000), 0);
  }
}

}  // namespace
}  // namespace evenkeel

#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace evenkeel {
namespace {

// Golden: a compiler or library that changes one of these numbers changes every epoch order, and
// with it the meaning of a saved run.

TEST(Mix, IsSplitMix64) {
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdaf);
  EXPECT_EQ(mix(1), 0x910a2dec89025cc1);
  EXPECT_EQ(mix(0x9e3779b97f4a7c15), 0x6e789e6aa1b965f4);
}

TEST(Mix, JoinsPairsInTheirOrder) {
  EXPECT_EQ(mix_pair(0, 0), 0xa706dd2f4d197e6f);
  EXPECT_EQ(mix_pair(1, 2), 0x4abf92be745a6c2a);
  EXPECT_EQ(mix_pair(2, 1), 0x31d421fcb662c30e);
}

TEST(Random, IsXoshiro256StarStar) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452a);
  EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0);
  EXPECT_EQ(random.next(), 0x6aa594f1262d2d2c);
}

TEST(Random, DrawsTheSameNumbersBelowABound) {
  Random random(42);
  for (const unsigned expected : {83U, 378U, 680U, 924U, 991U, 769U, 719U, 850U, 761U, 583U}) {
    EXPECT_EQ(random.below(1000), expected);
  }
}

TEST(Random, DrawsTheSameFractions) {
  Random random(42);
  for (int i = 0; i < 10; ++i) random.next();
  EXPECT_EQ(random.uniform(), 0x1.5d6a766818207p-1);
  EXPECT_EQ(random.uniform(), 0x1.29a76e61cebe2p-2);
  EXPECT_EQ(random.uniform(), 0x1.9a1fdb52600d8p-1);
}

TEST(Random, DiffersBetweenSeeds) { EXPECT_NE(Random(1).next(), Random(2).next()); }

TEST(Random, IsUniformBelowABound) {
  constexpr int draws = 60'000;
  Random random(7);
  std::array<int, 6> seen{};
  for (int i = 0; i < draws; ++i) ++seen.at(random.below(seen.size()));
  double chi_square = 0;
  for (const int count : seen) chi_square += std::pow(count - 10'000, 2) / 10'000;
  EXPECT_LT(chi_square, 20.5);  // 5 degrees of freedom: 99.9 %
}

// 2/3 of 2^64: without rejection, the lower half would be drawn twice as often as the upper.
TEST(Random, HasNoBiasBelowALargeBound) {
  constexpr std::uint64_t bound = std::numeric_limits<std::uint64_t>::max() / 3 * 2;
  constexpr int draws = 20'000;
  Random random(8);
  int even = 0;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t value = random.below(bound);
    ASSERT_LT(value, bound);
    even += value % 2 == 0 ? 1 : 0;
  }
  EXPECT_NEAR(even, draws / 2.0, 250);  // 3.5 standard deviations
}

TEST(Random, DrawsOnlyZeroBelowOne) {
  Random random(3);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(RandomDeathTest, RefusesABoundOfZero) {
  Random random(3);
  EXPECT_DEATH(random.below(0), "check failed");
}

TEST(Random, DrawsFractionsFromZeroToOne) {
  constexpr int draws = 20'000;
  Random random(9);
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.01);
}

TEST(Random, DrawsNormalNumbers) {
  constexpr int draws = 40'000;
  Random random(10);
  double sum = 0;
  double squares = 0;
  int within_one = 0;
  for (int i = 0; i < draws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    within_one += std::abs(value) < 1 ? 1 : 0;
  }
  EXPECT_NEAR(sum / draws, 0, 0.02);
  EXPECT_NEAR(squares / draws, 1, 0.03);
  EXPECT_NEAR(static_cast<double>(within_one) / draws, 0.6827, 0.01);
}

}  // namespace
}  // namespace evenkeel

#include "core/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace evenkeel {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr seconds longest{9'000'000'000};

TEST(Duration, RoundsSecondsToTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(0), nanoseconds(0));
  EXPECT_EQ(from_seconds(1.5), nanoseconds(1'500'000'000));
  EXPECT_EQ(from_seconds(2.6e-9), nanoseconds(3));
  EXPECT_EQ(from_seconds(2.4e-9), nanoseconds(2));
  EXPECT_EQ(from_seconds(-1.5), nanoseconds(-1'500'000'000));
  EXPECT_EQ(from_seconds(-2.6e-9), nanoseconds(-3));
}

TEST(Duration, SaturatesAboveTheLongest) {
  EXPECT_EQ(from_seconds(infinity), longest);
  EXPECT_EQ(from_seconds(1e300), longest);
  EXPECT_EQ(from_seconds(9.3e9), longest);
}

TEST(Duration, SaturatesBelowTheLongest) {
  EXPECT_EQ(from_seconds(-infinity), -longest);
  EXPECT_EQ(from_seconds(-1e300), -longest);
  EXPECT_EQ(from_seconds(-9.3e9), -longest);
}

TEST(Duration, ConvertsAnUnknownTimeToTheLongest) {
  EXPECT_EQ(from_seconds(std::numeric_limits<double>::quiet_NaN()), longest);
}

TEST(Duration, ConvertsToSeconds) {
  EXPECT_DOUBLE_EQ(to_seconds(nanoseconds(1'250'000'000)), 1.25);
}

TEST(Instant, CountsFromTheStartOfTheRun) {
  EXPECT_EQ(instant_at(1.25).time_since_epoch(), nanoseconds(1'250'000'000));
  EXPECT_DOUBLE_EQ(to_seconds(instant_at(1.25)), 1.25);
  EXPECT_EQ(instant_at(infinity).time_since_epoch(), longest);
}

TEST(Duration, AddsUpWithoutOverflow) {
  constexpr Duration most(std::int64_t{1} << 61);
  EXPECT_EQ(sum_of(Duration(3), Duration(4)), Duration(7));
  EXPECT_EQ(sum_of(Duration(3), Duration(-4)), Duration(-1));
  EXPECT_EQ(sum_of(most, Duration(1)), most);
  EXPECT_EQ(sum_of(Duration::max(), Duration::max()), most);
  EXPECT_EQ(sum_of(Duration::min(), Duration::min()), -most);
}

}  // namespace
}  // namespace evenkeel

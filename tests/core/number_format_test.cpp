#include "core/number_format.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace evenkeel {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(NumberFormat, GroupsThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(-1'281'167), "-1,281,167");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::max()), "9,223,372,036,854,775,807");
}

TEST(NumberFormat, CountsOneOrMany) {
  EXPECT_EQ(counted(0, "sample"), "0 samples");
  EXPECT_EQ(counted(1, "sample"), "1 sample");
  EXPECT_EQ(counted(1'000, "sample"), "1,000 samples");
}

TEST(NumberFormat, KeepsThreeDigitsOfANumber) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.04216), "0.0422");
  EXPECT_EQ(number_text(1), "1");
  EXPECT_EQ(number_text(62.54), "62.5");
  EXPECT_EQ(number_text(99.96), "100");
  EXPECT_EQ(number_text(500.4), "500");
  EXPECT_EQ(number_text(-62.54), "-62.5");
}

TEST(NumberFormat, ShortensLargeAndTinyNumbers) {
  EXPECT_EQ(number_text(31'204), "31,204");
  EXPECT_EQ(number_text(99'999.4), "99,999");
  EXPECT_EQ(number_text(99'999.5), "100k");
  EXPECT_EQ(number_text(999'499), "999k");
  EXPECT_EQ(number_text(999'600), "1M");
  EXPECT_EQ(number_text(2'928'000), "2.93M");
  EXPECT_EQ(number_text(9.2e18), "9.2E");
  EXPECT_EQ(number_text(1.5e30), "1.5e+30");
  EXPECT_EQ(number_text(1.5e-7), "1.5e-07");
  EXPECT_EQ(number_text(infinity), "-");
}

TEST(NumberFormat, WritesPercentages) {
  EXPECT_EQ(percent_text(0.2344, 1), "23.4%");
  EXPECT_EQ(percent_text(0.996, 0), "100%");
  EXPECT_EQ(percent_text(0, 0), "0%");
  EXPECT_EQ(percent_text(1e9, 0), ">999%");
  EXPECT_EQ(percent_text(-1e9, 0), "<-999%");
  EXPECT_EQ(percent_text(infinity, 0), "-");
}

TEST(NumberFormat, WritesDurationsInSensibleUnits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(5e-5), "50 µs");
  EXPECT_EQ(duration_text(0.083), "83 ms");
  EXPECT_EQ(duration_text(0.9996), "1.00 s");
  EXPECT_EQ(duration_text(3.14159), "3.14 s");
  EXPECT_EQ(duration_text(9.996), "10.0 s");
  EXPECT_EQ(duration_text(61.23), "61.2 s");
  EXPECT_EQ(duration_text(99.96), "1m 40s");
  EXPECT_EQ(duration_text(700), "11m 40s");
  EXPECT_EQ(duration_text(3599.7), "1h 00m");
  EXPECT_EQ(duration_text(11'100), "3h 05m");
  EXPECT_EQ(duration_text(100 * 3600), "4d 04h");
  EXPECT_EQ(duration_text(1e12), ">999d");
  EXPECT_EQ(duration_text(-61.23), "-61.2 s");
  EXPECT_EQ(duration_text(infinity), "-");
}

TEST(NumberFormat, GuessesInWholeSeconds) {
  EXPECT_EQ(rough_duration_text(0.2), "0 s");
  EXPECT_EQ(rough_duration_text(45.2), "45 s");
  EXPECT_EQ(rough_duration_text(59.7), "1m 00s");
  EXPECT_EQ(rough_duration_text(65), "1m 05s");
  EXPECT_EQ(rough_duration_text(infinity), ">999d");
}

TEST(NumberFormat, KeepsEveryNanosecondOfAnInstant) {
  EXPECT_EQ(exact_seconds(Instant(Duration(1'250'000'000))), "1.25");
  EXPECT_EQ(exact_seconds(Instant(Duration(1))), "0.000000001");
  EXPECT_EQ(exact_seconds(Instant(Duration(10'000'000'000))), "10");
  EXPECT_EQ(exact_seconds(Instant(Duration(-1'500'000'000))), "-1.5");
  EXPECT_EQ(exact_seconds(Instant(Duration(-500'000'000))), "-0.5");
  EXPECT_EQ(exact_seconds(Instant(Duration(9'000'000'000'123'456'789))), "9000000000.123456789");
}

}  // namespace
}  // namespace evenkeel

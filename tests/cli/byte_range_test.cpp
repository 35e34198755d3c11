#include "byte_range.h"

#include <gtest/gtest.h>

#include <limits>

namespace evenkeel {
namespace {

TEST(ByteRange, TilesAFileThatDoesNotDivideEvenly) {
  constexpr std::int64_t samples = 7;
  constexpr std::int64_t bytes = 100;
  std::int64_t reached = 0;
  for (std::int64_t i = 0; i < samples; ++i) {
    const ByteRange range = byte_range({0, i, 1}, samples, bytes);
    EXPECT_EQ(range.begin, reached);
    EXPECT_EQ(range.begin, i * bytes / samples);
    reached = range.end;
  }
  EXPECT_EQ(reached, bytes);
}

TEST(ByteRange, JoinsSeveralSamples) {
  const ByteRange range = byte_range({0, 2, 3}, 10, 1000);
  EXPECT_EQ(range.begin, 200);
  EXPECT_EQ(range.end, 500);
}

TEST(ByteRange, IsEmptyWhereSamplesOutnumberBytes) {
  const ByteRange range = byte_range({0, 0, 1}, 10, 3);
  EXPECT_EQ(range.begin, 0);
  EXPECT_EQ(range.end, 0);
}

TEST(ByteRange, DoesNotOverflow) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const ByteRange range = byte_range({0, most - 1, 1}, most, most);
  EXPECT_EQ(range.begin, most - 1);
  EXPECT_EQ(range.end, most);
}

}  // namespace
}  // namespace evenkeel

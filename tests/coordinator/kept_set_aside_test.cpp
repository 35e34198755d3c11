#include "coordinator/kept_set_aside.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

SetAside at(std::int32_t epoch, std::int64_t begin, std::int64_t end) {
  return {pass_of(epoch), {Position(begin), Position(end)}};
}

TEST(KeptSetAside, JoinsNeighbours) {
  KeptSetAside kept;
  kept.on_set_aside(at(0, 0, 10));
  kept.on_set_aside(at(0, 20, 30));
  kept.on_set_aside(at(1, 10, 20));
  kept.on_set_aside(at(0, 10, 20));
  ASSERT_EQ(kept.by_pass().size(), 2U);
  EXPECT_EQ(kept.by_pass().at(pass_of(0)).intervals().size(), 1U);
  EXPECT_EQ(kept.by_pass().at(pass_of(0)).samples(), 30);
  EXPECT_EQ(kept.by_pass().at(pass_of(1)).samples(), 10);
  EXPECT_EQ(kept.samples_left_out(), 0);
}

TEST(KeptSetAside, KeepsABoundedNumberAndCountsTheSamplesOfTheRest) {
  KeptSetAside kept;
  constexpr auto most = static_cast<std::int64_t>(KeptSetAside::most_intervals);
  for (std::int64_t i = 0; i < most + 5; ++i) kept.on_set_aside(at(0, 4 * i, 4 * i + 2));
  EXPECT_EQ(kept.by_pass().at(pass_of(0)).samples(), 2 * most);
  EXPECT_EQ(kept.samples_left_out(), 10);
}

TEST(KeptSetAside, CountsNeighboursAsOne) {
  KeptSetAside kept;
  constexpr auto most = static_cast<std::int64_t>(KeptSetAside::most_intervals);
  for (std::int64_t i = 0; i < 2 * most; ++i) kept.on_set_aside(at(0, 2 * i, 2 * i + 2));
  EXPECT_EQ(kept.by_pass().at(pass_of(0)).samples(), 4 * most);
  EXPECT_EQ(kept.samples_left_out(), 0);
}

}  // namespace
}  // namespace evenkeel

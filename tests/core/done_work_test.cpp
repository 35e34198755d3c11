#include "core/done_work.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

constexpr std::int64_t epoch_samples = 100;

IntervalSet set_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& intervals) {
  IntervalSet set;
  for (const auto& [begin, end] : intervals) {
    EXPECT_TRUE(set.insert({Position(begin), Position(end)}));
  }
  return set;
}

TEST(DoneWork, StaysIfNothingIsTakenOut) {
  DoneWork work{2, {{pass_of(3), set_of({{0, 10}})}}};
  const DoneWork before = work;
  work.take_out({}, epoch_samples);
  EXPECT_EQ(work, before);
}

TEST(DoneWork, HasWholeEpochsInPartsFromTheFirstThatIsNotWholeAnyMore) {
  DoneWork work{4, {{pass_of(4), set_of({{0, 10}})}}};
  work.take_out({{pass_of(1), set_of({{20, 30}, {90, 100}})}, {pass_of(3), set_of({{0, 5}})}},
                epoch_samples);
  const DoneWork expected{1,
                          {{pass_of(1), set_of({{0, 20}, {30, 90}})},
                           {pass_of(2), set_of({{0, 100}})},
                           {pass_of(3), set_of({{5, 100}})},
                           {pass_of(4), set_of({{0, 10}})}}};
  EXPECT_EQ(work, expected);
}

TEST(DoneWork, HasNoMoreWholeEpochsThanBefore) {
  DoneWork work{1, {{pass_of(1), set_of({{0, 50}})}, {pass_of(2), set_of({{0, 20}})}}};
  work.take_out({{pass_of(2), set_of({{10, 20}})}}, epoch_samples);
  const DoneWork expected{1, {{pass_of(1), set_of({{0, 50}})}, {pass_of(2), set_of({{0, 10}})}}};
  EXPECT_EQ(work, expected);
}

TEST(DoneWork, IsEmptyWhenAllIsTakenOut) {
  DoneWork work{1, {{pass_of(1), set_of({{0, 50}})}}};
  EXPECT_FALSE(work.empty());
  work.take_out({{pass_of(0), set_of({{0, 100}})}, {pass_of(1), set_of({{0, 50}})}}, epoch_samples);
  EXPECT_TRUE(work.empty());
  EXPECT_EQ(work, DoneWork());
}

}  // namespace
}  // namespace evenkeel

#include "core/interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

std::vector<Interval> contents(const IntervalSet& set) {
  return {set.intervals().begin(), set.intervals().end()};
}

IntervalSet set_of(const std::vector<Interval>& intervals) {
  IntervalSet set;
  for (const Interval& each : intervals) EXPECT_TRUE(set.insert(each));
  return set;
}

TEST(Interval, CountsItsSamples) {
  EXPECT_EQ(interval(3, 7).samples(), 4);
  EXPECT_FALSE(interval(3, 4).empty());
  EXPECT_TRUE(interval(3, 3).empty());
}

TEST(IntervalSet, BeginsEmpty) {
  const IntervalSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.samples(), 0);
}

TEST(IntervalSet, KeepsIntervalsInAscendingOrder) {
  const IntervalSet set = set_of({interval(20, 30), interval(0, 5), interval(10, 15)});
  EXPECT_EQ(contents(set),
            (std::vector<Interval>{interval(0, 5), interval(10, 15), interval(20, 30)}));
  EXPECT_EQ(set.samples(), 20);
}

TEST(IntervalSet, KnowsItsGaps) {
  const IntervalSet set = set_of({interval(2, 5), interval(10, 15)});
  EXPECT_EQ(set.gaps(interval(0, 20)),
            (std::vector<Interval>{interval(0, 2), interval(5, 10), interval(15, 20)}));
  EXPECT_EQ(set.gaps(interval(2, 15)), (std::vector<Interval>{interval(5, 10)}));
  EXPECT_EQ(set.gaps(interval(3, 12)), (std::vector<Interval>{interval(5, 10)}));
  EXPECT_EQ(set.gaps(interval(6, 8)), (std::vector<Interval>{interval(6, 8)}));
  EXPECT_TRUE(set.gaps(interval(3, 5)).empty());
  EXPECT_EQ(IntervalSet().gaps(interval(0, 3)), (std::vector<Interval>{interval(0, 3)}));
}

TEST(IntervalSet, MergesANeighbourBefore) {
  EXPECT_EQ(contents(set_of({interval(0, 5), interval(5, 9)})),
            (std::vector<Interval>{interval(0, 9)}));
}

TEST(IntervalSet, MergesANeighbourAfter) {
  EXPECT_EQ(contents(set_of({interval(5, 9), interval(0, 5)})),
            (std::vector<Interval>{interval(0, 9)}));
}

TEST(IntervalSet, MergesNeighboursOnBothSides) {
  const IntervalSet set = set_of({interval(0, 5), interval(9, 12), interval(5, 9)});
  EXPECT_EQ(contents(set), (std::vector<Interval>{interval(0, 12)}));
  EXPECT_EQ(set.samples(), 12);
}

TEST(IntervalSet, RefusesAnOverlapAndStaysAsItWas) {
  const std::vector<Interval> before{interval(10, 20), interval(30, 40)};
  IntervalSet set = set_of(before);
  for (const Interval& overlapping :
       {interval(10, 20), interval(5, 11), interval(19, 25), interval(12, 15), interval(0, 50),
        interval(20, 31), interval(39, 41)}) {
    EXPECT_FALSE(set.insert(overlapping)) << overlapping.begin.value();
    EXPECT_EQ(contents(set), before);
    EXPECT_EQ(set.samples(), 20);
  }
}

TEST(IntervalSet, IgnoresAnEmptyInterval) {
  IntervalSet set = set_of({interval(10, 20)});
  EXPECT_TRUE(set.insert(interval(15, 15)));
  EXPECT_EQ(contents(set), (std::vector<Interval>{interval(10, 20)}));
}

TEST(IntervalSet, RemovesAnyPart) {
  IntervalSet set = set_of({interval(0, 10), interval(20, 30)});
  set.remove(interval(23, 25));
  EXPECT_EQ(contents(set), (std::vector{interval(0, 10), interval(20, 23), interval(25, 30)}));
  set.remove(interval(0, 4));
  set.remove(interval(28, 30));
  set.remove(interval(20, 23));
  EXPECT_EQ(contents(set), (std::vector{interval(4, 10), interval(25, 28)}));
  EXPECT_EQ(set.samples(), 9);
}

TEST(IntervalSet, RemovesPartOfItsFrontInterval) {
  IntervalSet set = set_of({interval(10, 20), interval(30, 40)});
  EXPECT_EQ(set.take_front(4), interval(10, 14));
  EXPECT_EQ(contents(set), (std::vector<Interval>{interval(14, 20), interval(30, 40)}));
  EXPECT_EQ(set.samples(), 16);
}

TEST(IntervalSet, RemovesAtMostItsFrontInterval) {
  IntervalSet set = set_of({interval(10, 20), interval(30, 40)});
  EXPECT_EQ(set.take_front(15), interval(10, 20));
  EXPECT_EQ(contents(set), (std::vector<Interval>{interval(30, 40)}));
  EXPECT_EQ(set.samples(), 10);
}

TEST(IntervalSet, IsEmptyAfterClear) {
  IntervalSet set = set_of({interval(10, 20)});
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.samples(), 0);
  EXPECT_TRUE(set.insert(interval(10, 20)));
}

TEST(IntervalSetDeathTest, GivesNothingWhenEmpty) {
  IntervalSet set;
  EXPECT_DEATH(set.take_front(1), "check failed");
}

TEST(IntervalSetDeathTest, GivesNoLessThanOneSample) {
  IntervalSet set = set_of({interval(10, 20)});
  EXPECT_DEATH(set.take_front(0), "check failed");
}

// A line of flags says what the set should hold, whatever is done to it.
TEST(IntervalSet, AgreesWithALineOfFlags) {
  constexpr std::int64_t length = 64;
  Random random(1);
  IntervalSet set;
  std::vector<bool> held(length, false);
  for (int step = 0; step < 20'000; ++step) {
    if (random.below(3) == 0 && !set.empty()) {
      const Interval taken = set.take_front(1 + static_cast<std::int64_t>(random.below(8)));
      for (auto p = taken.begin; p < taken.end; p = p + 1) {
        ASSERT_TRUE(held[static_cast<std::size_t>(p.value())]);
        held[static_cast<std::size_t>(p.value())] = false;
      }
    } else {
      const auto begin = static_cast<std::int64_t>(random.below(length));
      const auto end = std::min(length, begin + static_cast<std::int64_t>(random.below(5)));
      const auto first = held.begin() + begin;
      const auto last = held.begin() + end;
      const bool free = std::find(first, last, true) == last;
      ASSERT_EQ(set.insert(interval(begin, end)), free);
      if (free) std::fill(first, last, true);
    }
    ASSERT_EQ(set.samples(), std::count(held.begin(), held.end(), true));
    Position previous(-1);
    for (const Interval& each : set.intervals()) {
      ASSERT_LT(previous, each.begin) << "intervals touch or overlap";
      ASSERT_LT(each.begin, each.end);
      for (auto p = each.begin; p < each.end; p = p + 1) {
        ASSERT_TRUE(held[static_cast<std::size_t>(p.value())]);
      }
      previous = each.end;
    }
  }
}

}  // namespace
}  // namespace evenkeel

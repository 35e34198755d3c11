#include "coordinator/dear_steps.h"

#include <gtest/gtest.h>

#include <vector>

#include "coordinator/free_pool.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

// A hundred samples at one unit, and in between files of ten at 2, 4 and 3.
Dataset uneven_dataset() {
  return Dataset::cut(manifest_of({20, 10, 30, 10, 30, 10}, {20, 20, 30, 40, 30, 30}), 10);
}

const OrderOptions in_order{Shuffle::none, 0, 1};

std::vector<Interval> dear_steps(double least, std::size_t most) {
  const Dataset dataset = uneven_dataset();
  std::vector<DearStep> steps;
  add_dear_steps(EpochOrder(dataset, in_order, Epoch(0)), interval(0, 110), 10, least, steps);
  keep_dearest(most, steps);
  std::vector<Interval> places;
  places.reserve(steps.size());
  for (const DearStep& step : steps) places.push_back(step.interval);
  return places;
}

TEST(DearSteps, AreThoseThatCostEnough) {
  EXPECT_EQ(dear_steps(20, 9),
            (std::vector{interval(20, 30), interval(60, 70), interval(100, 110)}));
  EXPECT_EQ(dear_steps(41, 9), std::vector<Interval>());
}

TEST(DearSteps, AreTheMostExpensiveOfTooMany) {
  EXPECT_EQ(dear_steps(20, 2), (std::vector{interval(60, 70), interval(100, 110)}));
}

TEST(DearSteps, AreDealtOutFirstTheMostExpensiveBeforeTheOthers) {
  const Dataset dataset = uneven_dataset();
  FreePool pool(dataset, in_order, 1, EpochOverlap::allowed, 10, {}, 20);
  EXPECT_EQ(pool.view().samples, 110);
  EXPECT_EQ(pool.view().cost, 170);
  EXPECT_EQ(pool.view().dear_step_cost, 40);
  EXPECT_EQ(pool.view().front_step_cost, 10);
  EXPECT_EQ(pool.take_dear().interval, interval(60, 70));
  EXPECT_EQ(pool.take(100, {}).interval, interval(0, 20));
  EXPECT_EQ(pool.take_dear().interval, interval(100, 110));
  EXPECT_EQ(pool.view().samples, 70);
  EXPECT_EQ(pool.view().cost, 80);
  EXPECT_EQ(pool.take(100, {}).interval, interval(30, 60));
  pool.put_back(pass_of(0), interval(60, 70));
  EXPECT_EQ(pool.take(100, {}).interval, interval(60, 100));
  EXPECT_EQ(pool.take(100, {}).interval, interval(20, 30));  // nothing else is left
  EXPECT_EQ(pool.view().samples, 0);
  EXPECT_EQ(pool.view().dear_step_cost, 0);
}

// Somebody may be slow who asks for any step.
TEST(DearSteps, AreDealtOutTheCheapestFirstIfNothingElseIsLeft) {
  const Dataset dataset = uneven_dataset();
  FreePool pool(dataset, in_order, 1, EpochOverlap::allowed, 10, {}, 20);
  for (const Interval others : {interval(0, 20), interval(30, 60), interval(70, 100)}) {
    EXPECT_EQ(pool.take(100, {}).interval, others);
  }
  EXPECT_EQ(pool.view().front_step_cost, 20);
  EXPECT_EQ(pool.view().dear_step_cost, 40);
  EXPECT_EQ(pool.take(100, {}).interval, interval(20, 30));
  EXPECT_EQ(pool.take(100, {}).interval, interval(100, 110));
  EXPECT_EQ(pool.take_dear().interval, interval(60, 70));
}

TEST(DearSteps, AreNotDoneAgain) {
  const Dataset dataset = uneven_dataset();
  DoneWork done;
  ASSERT_TRUE(done.parts[pass_of(0)].insert(interval(50, 80)));
  FreePool pool(dataset, in_order, 1, EpochOverlap::allowed, 10, done, 20);
  EXPECT_EQ(pool.view().cost, 110);
  EXPECT_EQ(pool.take_dear().interval, interval(100, 110));
  EXPECT_EQ(pool.free_intervals(pass_of(0)),
            (std::vector{interval(0, 20), interval(30, 50), interval(80, 100), interval(20, 30)}));
}

}  // namespace
}  // namespace evenkeel

#include "balance/part_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.h"

namespace evenkeel {
namespace {

// A worker that has been seen in its parts, and the changes of speed that were believed.
struct Worker {
  std::function<double(double)> usual_s;
  double noise = 0.02;
  PartTimes times{1, 0, usual_predictor};
  Random random{1};
  int changes = 0;

  void does(double micro_batches, int steps) {
    for (int i = 0; i < steps; ++i) {
      const double factor = 1 + noise * random.normal();
      changes += times.observe(micro_batches, factor * usual_s(micro_batches)) ? 1 : 0;
    }
  }
};

// 0.05 s for anything, and 400 micro-batches a second.
double with_overhead(double micro_batches) { return 0.05 + micro_batches / 400; }

double in_tiles(double micro_batches) { return 0.01 * std::ceil(micro_batches / 8); }

double squared(double micro_batches) { return 1e-4 * micro_batches * micro_batches; }

TEST(PartTimes, DoNotTakeAnotherPartForAnotherSpeed) {
  for (const double part : {2, 20, 60, 170}) {
    for (double (*const usual_s)(double) : {&with_overhead, &in_tiles, &squared}) {
      Worker worker{usual_s};
      worker.does(85, 8);
      worker.does(part, 20);
      EXPECT_EQ(worker.changes, 0) << part;
      EXPECT_NEAR(worker.times.seconds(part, true) / usual_s(part), 1, 0.03) << part;
    }
  }
}

TEST(PartTimes, KnowBothPartsAfterSomeSteps) {
  Worker worker{with_overhead};
  worker.does(85, 8);
  worker.does(2, 300);
  EXPECT_NEAR(worker.times.seconds(85, true) / with_overhead(85), 1, 0.05);
  EXPECT_NEAR(worker.times.seconds(40, true) / with_overhead(40), 1, 0.05);
}

TEST(PartTimes, BelieveAChangeOfSpeedAtAKnownPart) {
  Worker worker{with_overhead};
  worker.does(85, 8);
  worker.does(40, 20);
  const auto slower = [](double micro_batches) { return 3 * with_overhead(micro_batches); };
  EXPECT_FALSE(worker.times.observe(40, slower(40)));
  const auto change = worker.times.observe(40, slower(40));
  ASSERT_TRUE(change);
  EXPECT_NEAR(change->before, 40 / with_overhead(40), 10);
  EXPECT_NEAR(change->after, 40 / slower(40), 5);
}

TEST(PartTimes, KeepTheCurveWhenTheSpeedChanges) {
  Worker worker{in_tiles};
  for (int i = 0; i < 3; ++i) {
    for (const double part : {17, 16, 25, 24, 9}) worker.does(part, 4);
  }
  EXPECT_EQ(worker.changes, 0);
  worker.usual_s = [](double micro_batches) { return 4 * in_tiles(micro_batches); };
  worker.does(24, 5);
  EXPECT_EQ(worker.changes, 1);
  for (const double part : {9, 16, 17, 24, 25}) {
    EXPECT_NEAR(worker.times.seconds(part, true) / (4 * in_tiles(part)), 1, 0.05) << part;
  }
}

TEST(PartTimes, AreCurvedWhereTheyAreBeyondDoubt) {
  Worker worker{in_tiles};
  for (int i = 0; i < 4; ++i) {
    for (const double part : {17, 16, 25, 24, 9}) worker.does(part, 4);
  }
  EXPECT_TRUE(worker.times.is_curved(false));
  ASSERT_TRUE(worker.times.curve().tiles());
  EXPECT_EQ(worker.times.curve().tiles()->tile, 8);
}

TEST(PartTimes, AreALineWhereTheyAreOne) {
  for (const double noise : {0.01, 0.05, 0.2}) {
    Worker worker{[](double micro_batches) { return 0.01 * micro_batches; }, noise};
    worker.does(32, 5);
    for (int i = 0; i < 60; ++i) worker.does(55 + i % 4, 5);
    EXPECT_FALSE(worker.times.is_curved(false)) << noise;
    EXPECT_FALSE(worker.times.curve().tiles()) << noise;
  }
}

TEST(PartTimes, ForgiveAStallInTheFirstStepOfAPart) {
  Worker worker{with_overhead};
  worker.does(85, 8);
  worker.times.observe(60, 10 * with_overhead(60));
  worker.does(60, 10);
  EXPECT_EQ(worker.changes, 0);
  EXPECT_NEAR(worker.times.seconds(60, true) / with_overhead(60), 1, 0.05);
  EXPECT_NEAR(worker.times.seconds(85, true) / with_overhead(85), 1, 0.05);
}

TEST(PartTimes, RememberABoundedNumberOfParts) {
  Worker worker{squared};
  for (int part = 1; part <= 100; ++part) worker.does(part, 3);
  for (int part = 100; part >= 1; --part) worker.does(part, 3);
  for (const double part : {3, 20, 50, 77, 100}) {
    EXPECT_NEAR(worker.times.seconds(part, true) / squared(part), 1, 0.15) << part;
  }
}

// As they are where samples cost unequally.
TEST(PartTimes, LearnNoCurveFromPartsThatAreNoWholeMicroBatches) {
  const auto usual_s = [](double micro_batches) { return 0.01 * micro_batches; };
  Worker worker{usual_s};
  for (int i = 0; i < 100; ++i) {
    worker.does(20.5 + 7 * (i % 9), 1);
    EXPECT_EQ(worker.times.new_evidence(), 0);
  }
  EXPECT_EQ(worker.changes, 0);
  EXPECT_NEAR(worker.times.seconds(41, false) / usual_s(41), 1, 0.03);
  EXPECT_NEAR(worker.times.seconds(41, true) / usual_s(41), 1, 0.03);
}

}  // namespace
}  // namespace evenkeel

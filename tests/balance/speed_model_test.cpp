#include "balance/speed_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/option_values.h"
#include "core/random.h"

namespace evenkeel {
namespace {

SpeedModel affine(std::int32_t warmup_steps = 0) {
  return SpeedModel(warmup_steps, PredictorKind::affine);
}

// A worker that has done twenty steps of cost 10 in a second each.
SpeedModel steady() {
  SpeedModel model = affine();
  for (int i = 0; i < 20; ++i) model.observe(1, 10, 1);
  return model;
}

TEST(SpeedModel, IsMeasuredByTheFirstReport) {
  SpeedModel model = affine();
  EXPECT_FALSE(model.measured());
  EXPECT_FALSE(model.observe(4, 40, 2));
  EXPECT_TRUE(model.measured());
  EXPECT_DOUBLE_EQ(model.rate(10), 20);
}

TEST(SpeedModel, IgnoresTheWarmUp) {
  SpeedModel model = affine(3);
  model.observe(2, 20, 100);
  model.observe(1, 10, 50);
  EXPECT_FALSE(model.measured());
  model.observe(1, 10, 1);
  EXPECT_DOUBLE_EQ(model.rate(10), 10);
}

TEST(SpeedModel, SeesNoOverheadWhileAllStepsCostTheSame) {
  const SpeedModel model = steady();
  EXPECT_DOUBLE_EQ(model.rate(10), 10);
  EXPECT_NEAR(model.rate(1), 10, 1e-9);
  EXPECT_NEAR(model.seconds(3, 60), 6, 1e-9);
}

TEST(SpeedModel, LearnsTheOverheadFromStepsOfDifferentCost) {
  SpeedModel model = affine();
  for (int i = 0; i < 40; ++i) {
    model.observe(1, 10, 1 + 10 / 20.0);
    model.observe(1, 50, 1 + 50 / 20.0);
  }
  EXPECT_NEAR(model.seconds(1, 0), 1, 0.03);
  EXPECT_NEAR(model.seconds(0, 20), 1, 0.03);
  EXPECT_NEAR(model.seconds(3, 120), 9, 0.1);
}

TEST(SpeedModel, HardlyTrustsASlopeFromSimilarCosts) {
  SpeedModel model = affine();
  for (int i = 0; i < 40; ++i) {
    model.observe(1, 100, 1);
    model.observe(1, 101, 1.05);
  }
  EXPECT_NEAR(model.seconds(1, 0), 0, 0.05);
}

TEST(SpeedModel, ExpectsNoLessTimeForMoreCost) {
  SpeedModel model = affine();
  model.observe(1, 10, 4);
  model.observe(1, 30, 2);
  model.observe(1, 10, 4);
  EXPECT_EQ(model.seconds(0, 100), 0);
  EXPECT_GT(model.seconds(1, 0), 3);
}

TEST(SpeedModel, ExpectsNoNegativeOverhead) {
  SpeedModel model = affine();
  model.observe(1, 10, 1);
  model.observe(1, 30, 9);
  model.observe(1, 10, 1);
  EXPECT_EQ(model.seconds(1, 0), 0);
  EXPECT_NEAR(model.seconds(1, 50 / 3.0), 11 / 3.0, 0.1);
}

TEST(SpeedModel, IgnoresTwoSlowReports) {
  SpeedModel model = steady();
  EXPECT_FALSE(model.observe(1, 10, 5));
  EXPECT_FALSE(model.observe(1, 10, 5));
  EXPECT_DOUBLE_EQ(model.rate(10), 10);
}

TEST(SpeedModel, BelievesThreeSlowReports) {
  SpeedModel model = steady();
  model.observe(1, 10, 5);
  model.observe(2, 20, 10);
  const auto change = model.observe(1, 10, 5);
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->before, 10);
  EXPECT_DOUBLE_EQ(change->after, 2);
  EXPECT_DOUBLE_EQ(model.rate(10), 2);
}

TEST(SpeedModel, BelievesThreeFastReports) {
  SpeedModel model = steady();
  model.observe(1, 10, 0.25);
  model.observe(1, 10, 0.25);
  const auto change = model.observe(1, 10, 0.25);
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->after, 40);
}

TEST(SpeedModel, StartsAnewAfterAChange) {
  SpeedModel model = steady();
  for (int i = 0; i < 3; ++i) model.observe(1, 10, 5);
  EXPECT_FALSE(model.observe(1, 10, 1));
  EXPECT_FALSE(model.observe(1, 10, 1));
  const auto change = model.observe(1, 10, 1);
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->before, 2);
  EXPECT_DOUBLE_EQ(change->after, 10);
}

TEST(SpeedModel, TreatsAShortDeviationAsNoise) {
  SpeedModel model = steady();
  model.observe(1, 10, 1.5);
  model.observe(1, 10, 1.5);
  EXPECT_NEAR(model.noise(), 0, 1e-9);
  EXPECT_FALSE(model.observe(1, 10, 1));
  EXPECT_GT(model.noise(), 0.1);
  EXPECT_LT(model.rate(10), 9.9);
  EXPECT_GT(model.rate(10), 9);
  // Neither of the two is left over for the next deviation.
  EXPECT_FALSE(model.observe(1, 10, 5));
  EXPECT_FALSE(model.observe(1, 10, 5));
  const auto change = model.observe(1, 10, 5);
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->after, 2);
}

TEST(SpeedModel, LearnsTheNoiseOfEachDeviationOnce) {
  const auto noise_of_a_short_deviation = [](SpeedModel& model, double step_s) {
    for (int i = 0; i < 300; ++i) model.observe(1, 10, step_s);  // it has been quiet for long
    model.observe(1, 10, 1.5 * step_s);
    model.observe(1, 10, step_s);
    return model.noise();
  };
  SpeedModel model = steady();
  const double first = noise_of_a_short_deviation(model, 1);
  EXPECT_NEAR(first, 0.5 / 4, 0.01);
  EXPECT_NEAR(noise_of_a_short_deviation(model, 1), first, 0.001);
  EXPECT_NEAR(noise_of_a_short_deviation(model, 4), first, 0.001);  // after a change of speed
}

TEST(SpeedModel, SeesNoChangeInDeviationsToBothSides) {
  SpeedModel model = steady();
  model.observe(1, 10, 3);
  model.observe(1, 10, 3);
  EXPECT_FALSE(model.observe(1, 10, 0.2));
}

TEST(SpeedModel, DoesNotMistakeAnExpensiveBatchForAChange) {
  SpeedModel model = steady();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(model.observe(1, 50, 5));
  EXPECT_NEAR(model.noise(), 0, 1e-9);
  EXPECT_NEAR(model.rate(50), 10, 1e-9);
}

// A device whose steps take a second, with normal noise.
class NoisyDevice {
 public:
  explicit NoisyDevice(double noise) : noise_(noise) {}
  double steps_s(int steps) {
    double sum = 0;
    for (int i = 0; i < steps; ++i) sum += std::max(0.1, 1 + noise_ * random_.normal());
    return sum;
  }

 private:
  double noise_;
  Random random_{1};
};

TEST(SpeedModel, EstimatesTheNoiseOfAStepWhateverTheLengthOfReports) {
  for (const int steps : {1, 16}) {
    NoisyDevice device(0.05);
    SpeedModel model = affine();
    double sum = 0;
    for (int i = 0; i < 200; ++i) {
      EXPECT_FALSE(model.observe(steps, 10 * steps, device.steps_s(steps))) << steps;
      if (i >= 100) sum += model.noise();
    }
    EXPECT_NEAR(sum / 100, 0.05, 0.01) << steps;
  }
}

TEST(SpeedModel, IsNotAlarmedByANoisyDevice) {
  NoisyDevice device(0.2);
  SpeedModel model = affine();
  for (int i = 0; i < 30; ++i) model.observe(1, 10, device.steps_s(1));
  int changes = 0;
  for (int i = 0; i < 2000; ++i) changes += model.observe(1, 10, device.steps_s(1)) ? 1 : 0;
  EXPECT_EQ(changes, 0);
  EXPECT_NEAR(model.rate(10), 10, 1);
}

// Before its own steps have shown how much they vary.
TEST(SpeedModel, IsNotAlarmedByWhatIsUsualNoiseElsewhere) {
  for (const double usual_noise : {0.0, 0.3}) {
    SpeedModel model = affine();
    model.observe(1, 10, 1, usual_noise);
    int changes = 0;
    for (int i = 0; i < 3; ++i) changes += model.observe(1, 10, 1.5, usual_noise) ? 1 : 0;
    EXPECT_EQ(changes, usual_noise > 0 ? 0 : 1);
  }
}

TEST(SpeedModel, SeesAChangeBeyondItsOwnNoiseHoweverNoisyOthersAre) {
  SpeedModel model = affine();
  for (int i = 0; i < 100; ++i) model.observe(1, 10, 1, 0.3);
  int changes = 0;
  for (int i = 0; i < 3; ++i) changes += model.observe(1, 10, 1.5, 0.3) ? 1 : 0;
  EXPECT_EQ(changes, 1);
}

TEST(SpeedModel, LimitsTheNoiseOfAStall) {
  SpeedModel model = steady();
  model.observe(1, 10, 1000);
  model.observe(1, 10, 1);
  EXPECT_LE(model.noise(), 0.25);
}

TEST(SpeedModel, FollowsADrift) {
  SpeedModel model = affine();
  double step_s = 1;
  for (int i = 0; i < 700; ++i) {
    step_s *= 1.001;
    model.observe(1, 10, step_s);
  }
  EXPECT_NEAR(model.rate(10) * step_s / 10, 1, 0.06);
}

// Up and down by 3 % every twenty steps: too little to be a change.
TEST(SpeedModel, FollowsSmallChangesCloselyWhereThereIsNoNoise) {
  SpeedModel model = affine();
  double errors = 0;
  for (int step = 0; step < 400; ++step) {
    const double step_s = step / 20 % 2 == 0 ? 1 : 1.03;
    if (step >= 100) errors += std::abs(model.seconds(1, 10) / step_s - 1);
    EXPECT_FALSE(model.observe(1, 10, step_s));
  }
  EXPECT_LT(errors / 300, 0.003);  // 0.0015 if each were learned in one step
}

TEST(SpeedModel, AveragesOverManyStepsWhereThereIsNoise) {
  SpeedModel model = affine();
  Random random(1);
  double squares = 0;
  for (int step = 0; step < 2000; ++step) {
    if (step >= 100) squares += std::pow(model.seconds(1, 10) - 1, 2);
    model.observe(1, 10, 1 + 0.05 * random.normal());
  }
  EXPECT_LT(std::sqrt(squares / 1900), 0.2 * 0.05);  // 1/√96 of the noise with the longest memory
}

TEST(SpeedModel, KnowsHowUncertainItIs) {
  SpeedModel model = affine();
  Random random(1);
  for (int step = 0; step < 8; ++step) model.observe(1, 10, 1 + 0.05 * random.normal());
  const double early = model.uncertainty();
  for (int step = 0; step < 300; ++step) model.observe(1, 10, 1 + 0.05 * random.normal());
  EXPECT_GT(early, model.uncertainty());
  EXPECT_GT(model.uncertainty(), 0.05 / std::sqrt(96));
  EXPECT_LT(model.uncertainty(), 0.05 / std::sqrt(24));
  EXPECT_NEAR(steady().uncertainty(), 0, 1e-12);
}

TEST(SpeedModel, ExpectsTheSameOfTheSameWorkInAnotherUnit) {
  for (const PredictorKind predictor : all_values<PredictorKind>()) {
    Random random(1);
    SpeedModel model(0, predictor);
    SpeedModel other(0, predictor);
    for (int step = 0; step < 60; ++step) {
      const double cost = 10 + step % 3;
      const double step_s = (1 + cost / 10) * (1 + 0.05 * random.normal());
      const double units = step < 30 ? 1 : 4;
      if (step == 30) other.rescale(4);
      model.observe(1, cost, step_s);
      other.observe(1, units * cost, step_s);
      ASSERT_NEAR(other.seconds(1, units * 11), model.seconds(1, 11), 1e-9) << step;
      ASSERT_NEAR(other.noise(), model.noise(), 1e-9) << step;
    }
  }
}

TEST(SpeedModel, AcceptsAStoppedClock) {
  SpeedModel model = affine();
  model.observe(1, 10, 0);
  EXPECT_DOUBLE_EQ(model.rate(10), 1e10);
}

// Where every step counts.

SpeedModel steady_for_every_step() {
  SpeedModel model(0, PredictorKind::affine, SpeedModel::Goal::every_step);
  for (int i = 0; i < 20; ++i) model.observe(1, 10, 1);
  return model;
}

TEST(SpeedModelOfEveryStep, ForgivesARareStallThatTheMeanIncludes) {
  SpeedModel every = steady_for_every_step();
  SpeedModel mean = steady();
  for (SpeedModel* model : {&every, &mean}) {
    model->observe(1, 10, 10);
    model->observe(1, 10, 1);
  }
  EXPECT_NEAR(every.seconds(1, 10), 1, 0.01);
  EXPECT_GT(mean.seconds(1, 10), 1.1);
}

TEST(SpeedModelOfEveryStep, ForgivesAStallHoweverRareStallsAre) {
  SpeedModel model = steady_for_every_step();
  for (int i = 1; i < 2900; ++i) EXPECT_FALSE(model.observe(1, 10, i % 1000 == 0 ? 10 : 1));
  EXPECT_FALSE(model.observe(1, 10, 1.5));
  EXPECT_TRUE(model.observe(1, 10, 1.5));
}

TEST(SpeedModelOfEveryStep, BelievesALargeChangeAfterTwoReports) {
  SpeedModel model = steady_for_every_step();
  EXPECT_FALSE(model.observe(1, 10, 2));
  EXPECT_TRUE(model.observe(1, 10, 2));
  EXPECT_NEAR(model.rate(10), 5, 1e-9);
}

TEST(SpeedModelOfEveryStep, BelievesAChangeAfterThreeReports) {
  SpeedModel model = steady_for_every_step();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(model.observe(1, 10, 1.25));
  EXPECT_TRUE(model.observe(1, 10, 1.25));
  EXPECT_NEAR(model.rate(10), 8, 1e-9);
}

TEST(SpeedModelOfEveryStep, AsksForMoreReportsWhereOutliersAreFrequent) {
  SpeedModel model = steady_for_every_step();
  for (int i = 0; i < 300; ++i) model.observe(1, 10, i % 8 == 0 ? 10 : 1);
  int reports = 1;
  while (!model.observe(1, 10, 10)) ++reports;
  EXPECT_GE(reports, 4);
  EXPECT_LE(reports, 6);
}

TEST(SpeedModelOfEveryStep, FollowsADrift) {
  SpeedModel model = steady_for_every_step();
  double step_s = 1;
  for (int i = 0; i < 700; ++i) {
    step_s *= 1.001;
    model.observe(1, 10, step_s);
  }
  EXPECT_NEAR(model.rate(10) * step_s / 10, 1, 0.06);
}

}  // namespace
}  // namespace evenkeel

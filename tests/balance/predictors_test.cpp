// What predictors of a speed model have in common, and in what they differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "balance/speed_model.h"
#include "core/option_values.h"
#include "core/random.h"

namespace evenkeel {
namespace {

SpeedModel model_of(PredictorKind predictor) { return SpeedModel(0, predictor); }

// One that has done twenty steps of cost 10 in a second each.
SpeedModel steady(PredictorKind predictor) {
  SpeedModel model(0, predictor);
  for (int i = 0; i < 20; ++i) model.observe(1, 10, 1);
  return model;
}

class EveryPredictor : public testing::TestWithParam<PredictorKind> {};

TEST_P(EveryPredictor, IgnoresTheWarmUp) {
  SpeedModel model(2, GetParam());
  model.observe(2, 20, 100);
  EXPECT_FALSE(model.measured());
  model.observe(1, 10, 1);
  EXPECT_NEAR(model.rate(10), 10, 1e-9);
}

TEST_P(EveryPredictor, IsExactWhereNothingChanges) {
  const SpeedModel model = steady(GetParam());
  EXPECT_NEAR(model.seconds(3, 60), 6, 1e-9);
  EXPECT_NEAR(model.noise(), 0, 1e-9);
}

TEST_P(EveryPredictor, BelievesThreeSlowReportsButNotTwo) {
  SpeedModel model = steady(GetParam());
  EXPECT_FALSE(model.observe(1, 10, 5));
  EXPECT_FALSE(model.observe(1, 10, 5));
  EXPECT_NEAR(model.rate(10), 10, 1e-9);
  EXPECT_TRUE(model.observe(1, 10, 5));
  EXPECT_NEAR(model.rate(10), 2, 1e-9);
}

TEST_P(EveryPredictor, ExpectsAPositiveTimeWhateverItSees) {
  Random random(1);
  SpeedModel model = model_of(GetParam());
  for (int i = 0; i < 20'000; ++i) {
    const auto steps = static_cast<std::int32_t>(1 + random.below(40));
    const double cost = std::exp(20 * random.uniform());
    model.observe(steps, cost, std::exp(40 * random.uniform() - 20));
    ASSERT_GT(model.rate(cost), 0) << i;
    ASSERT_LT(model.rate(cost), 1e300) << i;
    ASSERT_GE(model.seconds(0, cost), 0) << i;
    ASSERT_GE(model.seconds(1, 0), 0) << i;
    ASSERT_TRUE(std::isfinite(model.uncertainty())) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Predictors, EveryPredictor, testing::ValuesIn(all_values<PredictorKind>()),
                         [](const auto& of) {
                           return std::string(
                               value_names<PredictorKind>()[static_cast<std::size_t>(of.param)]);
                         });

TEST(LastPredictor, ExpectsTheLastStepAgain) {
  SpeedModel model = steady(PredictorKind::last);
  model.observe(1, 10, 1.05);
  EXPECT_DOUBLE_EQ(model.seconds(1, 10), 1.05);
  EXPECT_DOUBLE_EQ(model.seconds(1, 20), 2.1);
  EXPECT_DOUBLE_EQ(model.uncertainty(), model.noise());
}

TEST(MeanPredictor, ExpectsTheMeanOfTheLastSteps) {
  SpeedModel model = steady(PredictorKind::mean);
  const double before = (1 - std::exp(-20.0 / 16)) / (1 - std::exp(-1.0 / 16));
  model.observe(1, 10, 1.05);
  const double older = std::exp(-1.0 / 16) * before;
  EXPECT_NEAR(model.seconds(1, 10), (older + 1.05) / (older + 1), 1e-12);
  EXPECT_NEAR(model.uncertainty(), model.noise() / std::sqrt(older + 1), 1e-12);
}

TEST(TrendPredictor, FollowsADrift) {
  SpeedModel trend = model_of(PredictorKind::trend);
  SpeedModel mean = model_of(PredictorKind::mean);
  double step_s = 1;
  for (int i = 0; i < 200; ++i) {
    trend.observe(1, 10, step_s);
    mean.observe(1, 10, step_s);
    step_s *= 1.003;
  }
  EXPECT_NEAR(trend.seconds(1, 10) / step_s, 1, 0.004);
  EXPECT_LT(mean.seconds(1, 10) / step_s, 0.97);
}

// The root mean square of relative errors, of steps that take an overhead and drift and vary.
struct Steps {
  double overhead_s;
  double drift;  // a step
  double noise;
};
double error_of(PredictorKind predictor, const Steps& steps) {
  constexpr int learning = 200;
  constexpr int all = 2000;
  SpeedModel model = model_of(predictor);
  Random random(1);
  double squares = 0;
  for (int i = 0; i < all; ++i) {
    const double cost = 5 + 10 * random.uniform();
    // Up and down again, so that the times stay what times are.
    const double drifted = std::exp(steps.drift * std::abs(i % 200 - 100));
    const double mean_s = (steps.overhead_s + cost / 10) * drifted;
    if (i >= learning) squares += std::pow(model.seconds(1, cost) / mean_s - 1, 2);
    model.observe(1, cost, mean_s * std::max(0.1, 1 + steps.noise * random.normal()));
  }
  return std::sqrt(squares / (all - learning));
}

TEST(MixturePredictor, IsNearTheBestOfItsExpertsWhicheverThatIs) {
  for (const Steps& steps :
       {Steps{0, 0, 0.05}, Steps{1, 0, 0.02}, Steps{0, 0.01, 0.02}, Steps{0, 0.003, 0.005}}) {
    double best = 1;
    double worst = 0;
    for (const PredictorKind predictor :
         {PredictorKind::last, PredictorKind::mean, PredictorKind::affine, PredictorKind::trend}) {
      best = std::min(best, error_of(predictor, steps));
      worst = std::max(worst, error_of(predictor, steps));
    }
    EXPECT_LT(error_of(PredictorKind::mixture, steps), 1.25 * best)
        << steps.overhead_s << " " << steps.drift << " " << steps.noise;
    EXPECT_GT(worst, 1.5 * best);
  }
}

}  // namespace
}  // namespace evenkeel

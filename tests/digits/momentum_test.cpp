// The optimizer's rule, in numbers that can be checked by hand.
#include "momentum.h"

#include <gtest/gtest.h>

namespace evenkeel::digits {
namespace {

Eigen::VectorXd vector(double first, double second) { return Eigen::Vector2d(first, second); }

TEST(Momentum, MovesAgainstTheGradientByTheLearningRate) {
  Momentum momentum({.learning_rate = 0.5, .momentum = 0, .weight_decay = 0}, 2);
  Eigen::VectorXd parameters = vector(1, 2);
  momentum.update(parameters, vector(2, -4));
  EXPECT_EQ(parameters, vector(0, 4));
}

TEST(Momentum, KeepsPartOfTheVelocity) {
  Momentum momentum({.learning_rate = 1, .momentum = 0.5, .weight_decay = 0}, 2);
  Eigen::VectorXd parameters = vector(0, 0);
  momentum.update(parameters, vector(8, 16));
  momentum.update(parameters, vector(0, 0));
  momentum.update(parameters, vector(0, 0));
  EXPECT_EQ(parameters, vector(-8 - 4 - 2, -16 - 8 - 4));
}

TEST(Momentum, LetsParametersDecay) {
  Momentum momentum({.learning_rate = 0.5, .momentum = 0, .weight_decay = 0.5}, 2);
  Eigen::VectorXd parameters = vector(4, -8);
  momentum.update(parameters, vector(0, 0));
  EXPECT_EQ(parameters, vector(3, -6));
}

}  // namespace
}  // namespace evenkeel::digits

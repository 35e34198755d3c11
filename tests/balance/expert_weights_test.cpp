#include "balance/expert_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace evenkeel {
namespace {

constexpr std::size_t experts = ExpertWeights::experts;

double sum_of(const ExpertWeights& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < experts; ++i) sum += weights[i];
  return sum;
}

TEST(ExpertWeights, AreEqualAtFirst) {
  const ExpertWeights weights;
  for (std::size_t i = 0; i < experts; ++i) EXPECT_EQ(weights[i], 0.25);
}

TEST(ExpertWeights, FallByHalfOfTheLossInTheExponent) {
  ExpertWeights weights;
  weights.learn({0, 1, 1, 0.5});
  const double sum = 1 + 2 * std::exp(-0.5) + std::exp(-0.25);
  EXPECT_NEAR(weights[0], 0.995 / sum + 0.00125, 1e-12);
  EXPECT_NEAR(weights[1], 0.995 * std::exp(-0.5) / sum + 0.00125, 1e-12);
  EXPECT_NEAR(weights[3], 0.995 * std::exp(-0.25) / sum + 0.00125, 1e-12);
}

TEST(ExpertWeights, KeepAShareForEveryExpert) {
  ExpertWeights weights;
  for (int i = 0; i < 100'000; ++i) weights.learn({0, 1, 1, 1});
  EXPECT_GE(weights[1], ExpertWeights::share / experts);
  EXPECT_GT(weights[0], 0.98);
  EXPECT_NEAR(sum_of(weights), 1, 1e-12);
}

// The bound of the class comment, with outcomes that one expert after the other foresees best.
TEST(ExpertWeights, LoseLittleMoreThanTheBestSequenceOfExperts) {
  constexpr std::array<double, experts> predictions{0.1, 0.4, 0.6, 0.9};
  constexpr int rounds_each = 500;
  const std::array<std::size_t, 6> best{3, 0, 2, 0, 1, 3};
  ExpertWeights weights;
  Random random(1);
  double own_loss = 0;
  double best_loss = 0;
  for (const std::size_t expert : best) {
    for (int round = 0; round < rounds_each; ++round) {
      const double noise = 0.2 * (random.uniform() - 0.5);
      const double outcome = std::clamp(predictions[expert] + noise, 0.0, 1.0);
      double mean = 0;
      std::array<double, experts> losses{};
      for (std::size_t i = 0; i < experts; ++i) {
        mean += weights[i] * predictions[i];
        losses[i] = std::pow(predictions[i] - outcome, 2);
      }
      own_loss += std::pow(mean - outcome, 2);
      best_loss += losses[expert];
      weights.learn(losses);
    }
    EXPECT_GT(weights[expert], 0.8);
  }
  const double switches = best.size() - 1;
  const double rounds = rounds_each * best.size();
  const double bound =
      2 * (std::log(experts) + switches * std::log(experts / ExpertWeights::share) +
           rounds * -std::log(1 - ExpertWeights::share));
  EXPECT_LE(own_loss, best_loss + bound);
  EXPECT_GT(rounds, 20 * bound);  // it says something
}

}  // namespace
}  // namespace evenkeel

// The model and its gradient.
#include "perceptron.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "core/random.h"
#include "momentum.h"

namespace evenkeel::digits {
namespace {

// Samples drawn at random: each has its own pixels.
Digits random_digits(std::int64_t samples, std::uint64_t seed) {
  Random random(seed);
  Digits digits;
  digits.pixels.resize(pixels_per_digit, samples);
  for (double& pixel : digits.pixels.reshaped()) pixel = random.uniform();
  for (std::int64_t i = 0; i < samples; ++i) {
    digits.labels.push_back(static_cast<std::int32_t>(random.below(digit_classes)));
  }
  return digits;
}

std::vector<std::uint64_t> seeds_of(const Digits& digits) {
  std::vector<std::uint64_t> seeds(digits.labels.size());
  std::iota(seeds.begin(), seeds.end(), 100);
  return seeds;
}

// The gradient over all samples, `micro_batch` of them at a time.
GradientSum gradient_of(const Perceptron& model, const Digits& digits, std::int64_t micro_batch) {
  const std::vector<std::uint64_t> seeds = seeds_of(digits);
  GradientSum sum(model.parameters().size());
  for (std::int64_t first = 0; first < digits.samples(); first += micro_batch) {
    const std::int64_t count = std::min(micro_batch, digits.samples() - first);
    const auto begin = digits.labels.begin() + first;
    const Digits part{digits.pixels.middleCols(first, count), {begin, begin + count}};
    const auto part_seeds =
        std::span(seeds).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    model.add_gradient(part, part_seeds, sum);
  }
  return sum;
}

TEST(Perceptron, GradientIsTheSlopeOfTheLoss) {
  Perceptron model({.hidden = 5, .dropout = 0.3, .seed = 1});
  const Digits digits = random_digits(7, 2);
  GradientSum sum = gradient_of(model, digits, 7);
  const Eigen::VectorXd gradient = sum.gradient();
  constexpr double nudge = 1e-5;
  for (std::int64_t i = 0; i < gradient.size(); ++i) {
    const double value = model.parameters()(i);
    model.parameters()(i) = value + nudge;
    const double above = gradient_of(model, digits, 7).loss();
    model.parameters()(i) = value - nudge;
    const double below = gradient_of(model, digits, 7).loss();
    model.parameters()(i) = value;
    ASSERT_NEAR(gradient(i), (above - below) / (2 * nudge), 1e-7) << "parameter " << i;
  }
}

TEST(Perceptron, GradientDoesNotDependOnTheMicroBatch) {
  const Perceptron model({.hidden = 16, .dropout = 0.2, .seed = 3});
  const Digits digits = random_digits(13, 4);
  GradientSum whole = gradient_of(model, digits, 13);
  for (const std::int64_t micro_batch : {1, 4, 5}) {
    GradientSum parts = gradient_of(model, digits, micro_batch);
    EXPECT_LT((parts.gradient() - whole.gradient()).norm(), 1e-13 * whole.gradient().norm());
    EXPECT_NEAR(parts.loss(), whole.loss(), 1e-12);
    EXPECT_EQ(parts.samples(), 13);
  }
}

TEST(Perceptron, GradientIsASumAndNoMean) {
  const Perceptron model({.hidden = 8, .seed = 5});
  Digits once = random_digits(1, 6);
  Digits thrice{once.pixels.replicate(1, 3), {once.labels[0], once.labels[0], once.labels[0]}};
  GradientSum single = gradient_of(model, once, 1);
  GradientSum triple = gradient_of(model, thrice, 3);
  EXPECT_LT((triple.gradient() - 3 * single.gradient()).norm(), 1e-14);
  EXPECT_NEAR(triple.loss(), 3 * single.loss(), 1e-14);
}

TEST(Perceptron, AcceptsNoSamples) {
  const Perceptron model({.hidden = 8, .seed = 5});
  GradientSum sum(model.parameters().size());
  model.add_gradient(random_digits(0, 1), {}, sum);
  EXPECT_EQ(sum.gradient().norm(), 0);
  EXPECT_EQ(sum.samples(), 0);
}

TEST(Perceptron, DropoutDependsOnTheSeedOfTheSample) {
  const Perceptron model({.hidden = 32, .dropout = 0.5, .seed = 7});
  const Digits digits = random_digits(1, 8);
  const auto loss = [&](std::uint64_t seed) {
    GradientSum sum(model.parameters().size());
    model.add_gradient(digits, std::vector{seed}, sum);
    return sum.loss();
  };
  EXPECT_EQ(loss(1), loss(1));
  EXPECT_NE(loss(1), loss(2));
}

TEST(Perceptron, WithoutDropoutSeedsMeanNothing) {
  const Perceptron model({.hidden = 32, .dropout = 0, .seed = 7});
  const Digits digits = random_digits(1, 8);
  GradientSum one(model.parameters().size());
  GradientSum other(model.parameters().size());
  model.add_gradient(digits, std::vector<std::uint64_t>{1}, one);
  model.add_gradient(digits, std::vector<std::uint64_t>{2}, other);
  EXPECT_EQ(one.loss(), other.loss());
}

TEST(Perceptron, FirstParametersComeFromTheSeed) {
  const Perceptron model({.hidden = 8, .seed = 1});
  EXPECT_EQ(model.parameters(), Perceptron({.hidden = 8, .seed = 1}).parameters());
  EXPECT_NE(model.parameters(), Perceptron({.hidden = 8, .seed = 2}).parameters());
  EXPECT_EQ(model.parameters().size(), 8 * 65 + 10 * 9);
}

TEST(Perceptron, LearnsSamplesByHeart) {
  Perceptron model({.hidden = 32, .dropout = 0.1, .seed = 9});
  const Digits digits = random_digits(20, 10);
  EXPECT_LT(model.accuracy(digits), 0.6);
  Momentum momentum({.learning_rate = 0.05}, model.parameters().size());
  for (int step = 0; step < 200; ++step) {
    GradientSum sum = gradient_of(model, digits, 20);
    momentum.update(model.parameters(), sum.gradient() / sum.samples());
  }
  EXPECT_EQ(model.accuracy(digits), 1);
}

TEST(DropoutSeed, DiffersWithEachOfItsParts) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {0U, 1U}) {
    for (const std::int64_t epoch : {0, 1}) {
      for (const std::int64_t step : {0, 1}) {
        for (const std::int64_t sample : {0, 1}) {
          seeds.insert(dropout_seed(seed, epoch, step, sample));
        }
      }
    }
  }
  EXPECT_EQ(seeds.size(), 16U);
}

}  // namespace
}  // namespace evenkeel::digits

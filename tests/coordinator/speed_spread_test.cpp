#include "coordinator/speed_spread.h"

#include <gtest/gtest.h>

#include <cmath>

#include "balance/speed_model.h"
#include "core/random.h"

namespace evenkeel {
namespace {

// Reports of a worker, and how many changes of its speed were believed, and stood out.
class Worker {
 public:
  // `correlation`: of the noise in one report with that in the next.
  explicit Worker(std::uint64_t seed, double correlation = 0)
      : random_(seed), correlation_(correlation) {}

  // So many reports, of a speed that varies by this much (the deviation of its logarithm).
  void report(int reports, double speed, double sigma) {
    for (int i = 0; i < reports; ++i) {
      noise_ = correlation_ * noise_ + std::sqrt(1 - correlation_ * correlation_) * normal();
      const double now = speed * std::exp(sigma * noise_);
      const auto change = model_.observe(1, 1, 1 / now);
      spread_.add(now);
      if (!change) continue;
      if (spread_.outstanding(*change)) {
        if (told++ == 0) believed_before_told = believed;
      }
      ++believed;
    }
  }

  const SpeedSpread& spread() const { return spread_; }

  int believed = 0;
  int told = 0;
  int believed_before_told = 0;

 private:
  double normal() {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += random_.uniform();
    return sum - 6;
  }

  Random random_;
  double correlation_;
  double noise_ = 0;
  SpeedModel model_;
  SpeedSpread spread_;
};

TEST(SpeedSpread, IsTheDeviationOfTheLogarithmOfTheSpeed) {
  for (const double sigma : {0.05, 0.2, 1.0}) {
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Worker worker(seed);
      worker.report(200, 1000, sigma);
      mean += worker.spread().sigma() / 100;
    }
    EXPECT_NEAR(mean, sigma, 0.05 * sigma);
  }
}

TEST(SpeedSpread, IsNotWidenedByAChangeThatStoodOut) {
  Worker worker(1);
  worker.report(50, 1000, 0.05);
  worker.report(10, 250, 0.05);
  EXPECT_EQ(worker.told, 1);
  EXPECT_LT(worker.spread().sigma(), 0.07);
}

// Of a speed that is high for a while, then low for a while, a change is believed all the time.
TEST(SpeedSpread, KeepsToItselfTheChangesOfAWorkerWhoseSpeedIsNoise) {
  int believed = 0;
  int told = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Worker worker(seed, 0.9);
    worker.report(500, 1000, 0.7);
    believed += worker.believed;
    told += worker.told;
  }
  EXPECT_GE(believed, 700);
  EXPECT_LE(told, believed / 10);
}

TEST(SpeedSpread, LetsEveryChangeOfASteadyWorkerStandOutAtOnce) {
  for (const double sigma : {0.0, 0.02, 0.05}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Worker worker(seed);
      worker.report(20, 1000, sigma);
      ASSERT_EQ(worker.told, 0);
      for (const double speed : {500, 1000, 4000, 1000}) {
        worker.told = worker.believed = 0;
        worker.report(20, speed, sigma);
        EXPECT_EQ(worker.told > 0, worker.believed > 0) << "to " << speed << ", seed " << seed;
        EXPECT_EQ(worker.believed_before_told, 0) << "to " << speed << ", seed " << seed;
      }
    }
  }
}

TEST(SpeedSpread, LetsALargeChangeOfANoisyWorkerStandOut) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Worker worker(seed);
    worker.report(100, 1000, 0.2);
    worker.told = 0;
    worker.report(10, 250, 0.2);
    EXPECT_EQ(worker.told, 1) << "seed " << seed;
  }
}

TEST(SpeedSpread, AsksForMoreWhileAWorkerIsHardlyKnown) {
  const auto stands_out = [](int reports, double factor) {
    SpeedSpread spread;
    for (int i = 0; i < reports; ++i) spread.add(1000);
    for (int i = 0; i < 3; ++i) spread.add(1000 * factor);
    return spread.outstanding({1000, 1000 * factor, 3}).has_value();
  };
  EXPECT_FALSE(stands_out(1, 0.5));
  EXPECT_TRUE(stands_out(1, 0.25));
  EXPECT_TRUE(stands_out(2, 0.5));
  EXPECT_FALSE(stands_out(2, 0.75));
  EXPECT_TRUE(stands_out(20, 0.75));
}

// What stood out is where the next change starts from.
TEST(SpeedSpread, TakesAChangeThatStoodOutForTheNewLevel) {
  SpeedSpread spread;
  const auto report = [&spread](double speed) {
    for (int i = 0; i < 3; ++i) spread.add(speed);
  };
  for (int i = 0; i < 10; ++i) report(1000);
  report(250);
  EXPECT_TRUE(spread.outstanding({1000, 250, 3}));
  report(1000);
  EXPECT_TRUE(spread.outstanding({250, 1000, 3}));
}

TEST(SpeedSpread, KeepsAReturnToTheLevelToItself) {
  SpeedSpread spread;
  for (int i = 0; i < 30; ++i) spread.add(1000);
  for (int i = 0; i < 3; ++i) spread.add(1050);
  EXPECT_FALSE(spread.outstanding({400, 1050, 3}));
}

TEST(SpeedSpread, TellsAChangeFromTheLevelThatWasToldLast) {
  SpeedSpread spread;
  for (int i = 0; i < 30; ++i) spread.add(1000);
  const auto told = spread.outstanding({700, 300, 3});
  ASSERT_TRUE(told);
  EXPECT_NEAR(told->before, 1000, 0.1);
  EXPECT_EQ(told->after, 300);
}

}  // namespace
}  // namespace evenkeel

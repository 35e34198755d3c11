#include "simulation/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seed = 1;

RankProfile at_speed(double speed) {
  RankProfile profile;
  profile.speed = speed;
  return profile;
}

// When a step of this cost ends that begins at `start`.
std::optional<Instant> finish(const RankProfile& profile, Duration start, double cost) {
  return SimulatedDevice(profile, seed).finish(Instant(start), cost);
}

std::vector<double> step_times_s(const RankProfile& profile, int steps, std::uint64_t with_seed) {
  SimulatedDevice device(profile, with_seed);
  std::vector<double> times_s;
  times_s.reserve(static_cast<std::size_t>(steps));
  for (int i = 0; i < steps; ++i) times_s.push_back(to_seconds(*device.finish(Instant(), 100)));
  return times_s;
}

TEST(SimulatedDevice, TakesItsOverheadAndTheCostOverTheSpeed) {
  RankProfile profile = at_speed(100);
  profile.overhead = 10ms;
  EXPECT_EQ(finish(profile, 2s, 50), Instant(2510ms));
}

TEST(SimulatedDevice, TakesSomeTimeForEveryStep) {
  EXPECT_EQ(finish(at_speed(1e15), 1s, 1), Instant(1s + 1ns));
}

TEST(SimulatedDevice, ChangesItsSpeedInsideAStep) {
  RankProfile profile = at_speed(100);
  profile.phases = {{Instant(1s), 50}, {Instant(2s), 25}};
  EXPECT_EQ(finish(profile, 0s, 100), Instant(1s));
  EXPECT_EQ(finish(profile, 0s, 125), Instant(1500ms));
  EXPECT_EQ(finish(profile, 0s, 200), Instant(4s));  // 100 + 50 + 2 × 25
  EXPECT_EQ(finish(profile, 1500ms, 50), Instant(3s));
}

TEST(SimulatedDevice, SpendsItsOverheadFirstWhateverItsSpeed) {
  RankProfile profile = at_speed(100);
  profile.overhead = 500ms;
  profile.phases = {{Instant(250ms), 50}};
  EXPECT_EQ(finish(profile, 0s, 50), Instant(1500ms));
}

TEST(SimulatedDevice, StandsStillDuringAHang) {
  RankProfile profile = at_speed(100);
  profile.hangs = {{Instant(1s), Instant(4s)}, {Instant(6s), Instant(7s)}};
  EXPECT_EQ(finish(profile, 0s, 100), Instant(1s));  // done just before
  EXPECT_EQ(finish(profile, 0s, 200), Instant(5s));
  EXPECT_EQ(finish(profile, 0s, 350), Instant(7500ms));
  EXPECT_EQ(finish(profile, 2s, 100), Instant(5s));
  EXPECT_EQ(finish(profile, 4s, 100), Instant(5s));
  EXPECT_EQ(finish(profile, 5s, 50), Instant(5500ms));
}

TEST(SimulatedDevice, MayChangeItsSpeedDuringAHang) {
  RankProfile profile = at_speed(100);
  profile.hangs = {{Instant(500ms), Instant(2500ms)}};
  profile.phases = {{Instant(2s), 50}};
  EXPECT_EQ(finish(profile, 0s, 100), Instant(3500ms));
}

TEST(SimulatedDevice, RoundsCostsUpToWholeStairs) {
  RankProfile profile = at_speed(100);
  profile.stair = 8;
  EXPECT_EQ(finish(profile, 0s, 1), Instant(80ms));
  EXPECT_EQ(finish(profile, 0s, 8), Instant(80ms));
  EXPECT_EQ(finish(profile, 0s, 9), Instant(160ms));
}

TEST(SimulatedDevice, DiesInsideAStep) {
  RankProfile profile = at_speed(100);
  profile.dies_at = Instant(1s);
  EXPECT_EQ(finish(profile, 0s, 100), Instant(1s));
  EXPECT_EQ(finish(profile, 0s, 101), std::nullopt);
}

TEST(SimulatedDevice, KnowsWhenItIsAwake) {
  RankProfile profile = at_speed(1);
  profile.hangs = {{Instant(1s), Instant(4s)}, {Instant(6s), Instant(8s)}};
  profile.dies_at = Instant(8s);
  const SimulatedDevice device(profile, seed);
  EXPECT_EQ(device.awake(Instant(1s) - 1ns), Instant(1s) - 1ns);
  EXPECT_EQ(device.awake(Instant(1s)), Instant(4s));
  EXPECT_EQ(device.awake(Instant(4s)), Instant(4s));
  EXPECT_EQ(device.awake(Instant(7s)), std::nullopt);
  EXPECT_EQ(device.awake(Instant(9s)), std::nullopt);
}

TEST(SimulatedDevice, VariesItsStepsByTheNoise) {
  RankProfile profile = at_speed(100);
  profile.noise = 0.1;
  const std::vector<double> times_s = step_times_s(profile, 20'000, seed);
  double sum = 0;
  double squares = 0;
  for (const double time_s : times_s) {
    sum += time_s;
    squares += time_s * time_s;
  }
  const double mean = sum / 20'000;
  EXPECT_NEAR(mean, 1, 0.003);
  EXPECT_NEAR(std::sqrt(squares / 20'000 - mean * mean), 0.1, 0.003);
}

TEST(SimulatedDevice, TakesAtLeastATenthOfAStepsTime) {
  RankProfile profile = at_speed(100);
  profile.noise = 5;
  const std::vector<double> times_s = step_times_s(profile, 100, seed);
  EXPECT_EQ(*std::min_element(times_s.begin(), times_s.end()), 0.1);
}

struct Spread {
  double mean;
  double deviation;
  double median;
};

Spread spread_of(std::vector<double> values) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const auto count = static_cast<double>(values.size());
  std::sort(values.begin(), values.end());
  return {sum / count, std::sqrt(squares / count - sum * sum / count / count),
          values[values.size() / 2]};
}

TEST(SimulatedDevice, HasLogNormalNoiseOfMeanOne) {
  RankProfile profile = at_speed(100);
  profile.heavy_noise.lognormal = 0.5;
  const Spread spread = spread_of(step_times_s(profile, 100'000, seed));
  EXPECT_NEAR(spread.mean, 1, 0.01);
  EXPECT_NEAR(spread.median, std::exp(-0.125), 0.01);
  EXPECT_NEAR(spread.deviation, std::sqrt(std::exp(0.25) - 1), 0.02);
}

TEST(SimulatedDevice, HasParetoNoiseOfMeanOne) {
  RankProfile profile = at_speed(100);
  profile.heavy_noise.pareto = 3;
  const std::vector<double> times_s = step_times_s(profile, 100'000, seed);
  const Spread spread = spread_of(times_s);
  EXPECT_NEAR(spread.mean, 1, 0.01);
  EXPECT_NEAR(*std::min_element(times_s.begin(), times_s.end()), 2.0 / 3, 0.001);
  EXPECT_NEAR(spread.median, 2.0 / 3 * std::cbrt(2), 0.01);
}

TEST(SimulatedDevice, TakesAShareOfItsStepsLonger) {
  RankProfile profile = at_speed(100);
  profile.heavy_noise.mixture_probability = 0.01;
  profile.heavy_noise.mixture_factor = 10;
  const std::vector<double> times_s = step_times_s(profile, 100'000, seed);
  EXPECT_NEAR(static_cast<double>(std::count(times_s.begin(), times_s.end(), 10.0)), 1000, 100);
  EXPECT_EQ(std::count(times_s.begin(), times_s.end(), 1.0) +
                std::count(times_s.begin(), times_s.end(), 10.0),
            100'000);
  EXPECT_NEAR(spread_of(times_s).mean, profile.heavy_noise.mean(), 0.01);
}

TEST(SimulatedDevice, WarmsUpInItsFirstSteps) {
  RankProfile profile = at_speed(100);
  profile.overhead = 500ms;
  profile.warm_up = {2, 3};
  EXPECT_EQ(step_times_s(profile, 4, seed), (std::vector<double>{4.5, 4.5, 1.5, 1.5}));
}

TEST(SimulatedDevice, PausesEverySoManySteps) {
  RankProfile profile = at_speed(100);
  profile.pauses = {2, 1, 500ms};
  EXPECT_EQ(step_times_s(profile, 6, seed), (std::vector<double>{1, 1.5, 1, 1.5, 1, 1.5}));
}

TEST(SimulatedDevice, PausesAlsoInAStepWithoutWork) {
  RankProfile profile = at_speed(100);
  profile.pauses = {2, 0, 500ms};
  SimulatedDevice device(profile, seed);
  EXPECT_EQ(device.idle(Instant(1s)), Instant(1500ms));
  EXPECT_EQ(device.idle(Instant(2s)), Instant(2s));
  EXPECT_EQ(device.finish(Instant(3s), 100), Instant(4500ms));
}

TEST(SimulatedDevice, DoesAPowerOfTheCost) {
  RankProfile profile = at_speed(100);
  profile.exponent = 2;
  EXPECT_EQ(finish(profile, 0s, 10), Instant(1s));
  EXPECT_EQ(finish(profile, 0s, 20), Instant(4s));
}

TEST(SimulatedDevice, FollowsACurve) {
  RankProfile profile = at_speed(1);
  profile.curve = {{8, 1}, {16, 2}, {32, 3}};
  EXPECT_EQ(finish(profile, 0s, 1), Instant(1s));  // level below the first point
  EXPECT_EQ(finish(profile, 0s, 8), Instant(1s));
  EXPECT_EQ(finish(profile, 0s, 12), Instant(1500ms));
  EXPECT_EQ(finish(profile, 0s, 32), Instant(3s));
  EXPECT_EQ(finish(profile, 0s, 64), Instant(5s));  // and goes on beyond the last
  profile.speed = 0.5;
  EXPECT_EQ(finish(profile, 0s, 12), Instant(3s));
}

TEST(SimulatedDevice, DrawsItsNoiseFromTheSeed) {
  RankProfile profile = at_speed(100);
  profile.noise = 0.1;
  EXPECT_EQ(step_times_s(profile, 10, 7), step_times_s(profile, 10, 7));
  EXPECT_NE(step_times_s(profile, 10, 7), step_times_s(profile, 10, 8));
}

TEST(SimulatedDevice, VariesItsOverheadToo) {
  RankProfile all_cost = at_speed(100);
  all_cost.noise = 0.1;
  RankProfile half_overhead = at_speed(200);
  half_overhead.overhead = 500ms;
  half_overhead.noise = 0.1;
  EXPECT_NEAR(step_times_s(half_overhead, 1, seed)[0], step_times_s(all_cost, 1, seed)[0], 1e-9);
}

}  // namespace
}  // namespace evenkeel

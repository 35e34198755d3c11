// How near to the best divisions the planner comes on workers whose times scatter.
#include "balance/step_loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace evenkeel {
namespace {

constexpr std::size_t settled = 20;  // steps, after which the speeds are known

// Workers from the fastest to one that is nearly four times slower.
StepLoop unequal_workers(std::int32_t workers, std::int64_t steps) {
  StepLoop loop;
  loop.options.workers = workers;
  loop.options.micro_batches = std::int64_t{64} * workers;
  loop.options.most = loop.options.micro_batches;
  loop.steps = steps;
  loop.usual_s = [workers](WorkerIndex worker, std::int64_t count, double /*now_s*/) {
    return 1e-3 * static_cast<double>(count) * (1 + 3.0 * worker.value() / workers);
  };
  return loop;
}

double median_ratio(const StepLoop& loop) {
  std::vector<double> ratios;
  for (std::uint64_t seed = 0; seed < 9; ++seed) ratios.push_back(loop.run(seed).ratio(settled));
  std::nth_element(ratios.begin(), ratios.begin() + 4, ratios.end());
  return ratios[4];
}

TEST(StepLoop, IsDividedAsTheOracleDoesWhereTimesDoNotScatter) {
  EXPECT_LE(median_ratio(unequal_workers(8, 100)), 1.0001);
}

TEST(StepLoop, IsHardlyDisturbedByRareStalls) {
  for (const double scatter : {0.0, 0.02, 0.05}) {
    StepLoop loop = unequal_workers(8, 500);
    loop.noise = [scatter](Random& random) {
      const double factor = 1 + scatter * random.normal();
      return random.uniform() < 0.01 ? 10 * factor : factor;
    };
    EXPECT_LE(median_ratio(loop), 1.011) << scatter;
  }
}

TEST(StepLoop, IsHardlyDisturbedByPausesOfAll) {
  for (const double scatter : {0.0, 0.02, 0.05}) {
    StepLoop loop = unequal_workers(8, 500);
    loop.noise = [scatter](Random& random) { return 1 + scatter * random.normal(); };
    loop.pause_s = [](std::int64_t step) { return step % 50 == 49 ? 0.5 : 0.0; };
    EXPECT_LE(median_ratio(loop), 1.008) << scatter;
  }
}

TEST(StepLoop, IsHardlyDisturbedByHeavyTails) {
  for (const std::int32_t workers : {4, 8}) {
    StepLoop loop = unequal_workers(workers, 500);
    loop.noise = [](Random& random) { return std::pow(1 - random.uniform(), -1 / 1.8); };
    EXPECT_LE(median_ratio(loop), 1.014) << workers;
  }
}

// Four workers, the second of which takes 500 times as long from one time to another.
StepLoop with_a_slow_time(double from_s, double to_s) {
  StepLoop loop = unequal_workers(4, 3000);
  loop.options.least = 0;
  loop.usual_s = [from_s, to_s](WorkerIndex worker, std::int64_t count, double now_s) {
    const bool is_slow = worker.value() == 1 && now_s >= from_s && now_s < to_s;
    return 2e-4 * static_cast<double>(count) * (is_slow ? 500 : 1);
  };
  return loop;
}

TEST(StepLoop, TakesAWorkerBackSoonAfterItHasRecovered) {
  const StepLoop::Result result = with_a_slow_time(10, 28).run(0);
  EXPECT_EQ(result.counts, (PerWorker<std::int64_t>{64, 64, 64, 64}));
  double longer_s = 0;  // than the steps of four workers
  for (const double step_s : result.step_s) longer_s += step_s - 64 * 2e-4;
  EXPECT_LE(longer_s, 4 * 64 * 2e-4 * 500);  // steps until it was left out
}

TEST(StepLoop, TakesAWorkerBackSoonAfterAStall) {
  for (const int step : {1, 2, 50}) {
    StepLoop loop = with_a_slow_time(0, 0);
    loop.steps = 200;
    loop.options.warmup_steps = 1;
    int calls = 0;
    loop.noise = [&calls, step](Random&) {
      const int call = calls++;
      return call == 4 * step + 1 ? 1400.0 : 1.0;
    };
    const StepLoop::Result result = loop.run(0);
    EXPECT_EQ(result.counts, (PerWorker<std::int64_t>{64, 64, 64, 64})) << step;
    double after_s = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      if (i != static_cast<std::size_t>(step)) after_s += result.step_s[i];
    }
    EXPECT_LE(after_s, 1.06 * 199 * 64 * 2e-4) << step;
  }
}

// Eight workers, the fastest four times as fast as the slowest, whose times follow a curve.
StepLoop with_curved_times(const std::function<double(double)>& work) {
  StepLoop loop;
  loop.options.workers = 8;
  loop.options.micro_batches = 256;
  loop.options.most = 256;
  loop.steps = 1000;
  loop.noise = [](Random& random) { return 1 + 0.03 * random.normal(); };
  loop.usual_s = [work](WorkerIndex worker, std::int64_t count, double /*now_s*/) {
    constexpr std::array<double, 8> speeds{200, 200, 100, 100, 100, 100, 50, 50};
    return work(static_cast<double>(count)) / speeds[static_cast<std::size_t>(worker.value())];
  };
  return loop;
}

double median_of_all_steps(const StepLoop& loop) {
  std::vector<double> ratios;
  for (std::uint64_t seed = 0; seed < 5; ++seed) ratios.push_back(loop.run(seed).ratio());
  std::nth_element(ratios.begin(), ratios.begin() + 2, ratios.end());
  return ratios[2];
}

TEST(StepLoop, FillsTheTilesOfDevices) {
  for (const double tile : {4, 7, 8, 12, 16, 24}) {
    const StepLoop loop =
        with_curved_times([tile](double count) { return tile * std::ceil(count / tile); });
    EXPECT_LE(median_of_all_steps(loop), 1.03) << tile;
  }
}

TEST(StepLoop, FillsTheTilesOfTwoKindsOfDevices) {
  StepLoop loop = with_curved_times({});
  loop.usual_s = [](WorkerIndex worker, std::int64_t count, double /*now_s*/) {
    const double tile = worker.value() < 4 ? 8 : 24;
    const double speed = worker.value() < 4 ? 100 : 250;
    return tile * std::ceil(static_cast<double>(count) / tile) / speed;
  };
  EXPECT_LE(median_of_all_steps(loop), 1.03);
}

TEST(StepLoop, LearnsPowers) {
  for (const double power : {0.7, 1.5, 2.0}) {
    const StepLoop loop =
        with_curved_times([power](double count) { return std::pow(count, power); });
    EXPECT_LE(median_of_all_steps(loop), 1.02) << power;
  }
}

// Hardly more for up to so many micro-batches, and then a line.
TEST(StepLoop, LearnsKnees) {
  for (const double knee : {16, 32}) {
    const StepLoop loop = with_curved_times([knee](double count) {
      return 0.1 + (count <= knee ? 0.02 * count / knee : 0.02 + 0.35 * (count / knee - 1));
    });
    EXPECT_LE(median_of_all_steps(loop), 1.02) << knee;
  }
}

}  // namespace
}  // namespace evenkeel

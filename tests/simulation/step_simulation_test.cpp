#include "simulation/step_simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "core/random.h"
#include "dataset/samples.h"
#include "simulation/device.h"
#include "simulation/step_oracle.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t samples = 100'000;

// Speeds of four generations, again and again.
ClusterProfile mixed_cluster(int workers, double noise) {
  constexpr std::array<double, 4> speeds{400, 200, 100, 50};
  ClusterProfile cluster;
  cluster.all_reduce = {20us, 1e8, 1e10};
  for (int i = 0; i < workers; ++i) {
    RankProfile rank;
    rank.speed = speeds[static_cast<std::size_t>(i) % speeds.size()];
    rank.overhead = 2ms;
    rank.noise = noise;
    cluster.ranks.push_back(rank);
  }
  return cluster;
}

CoordinatorOptions options_for(const ClusterProfile& cluster, std::int64_t global_batch,
                               std::int64_t steps) {
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.order.shuffle = Shuffle::block;
  StepModeOptions mode;
  mode.line = {samples, global_batch, 1, true, steps};
  mode.most = global_batch;
  options.step = mode;
  return options;
}

const Dataset& dataset() {
  static const Dataset dataset = Dataset::cut(manifest_of({samples}), 1024);
  return dataset;
}

double seconds_from(const std::vector<Instant>& ends, std::size_t first, std::size_t last) {
  return to_seconds(ends[last] - ends[first]);
}

// The parts of every step, as they were done.
class Parts final : public SimulationObserver {
 public:
  explicit Parts(const BatchLine& line)
      : line_(line), done_(static_cast<std::size_t>(line.steps)) {}

  void on_part(Rank /*rank*/, std::int64_t step, Pass pass, Interval part) override {
    EXPECT_EQ(pass, line_.pass(step));
    EXPECT_TRUE(done_[static_cast<std::size_t>(step)].insert(part));
  }

  void expect_that_they_tile_every_batch() const {
    for (std::int64_t step = 0; step < line_.steps; ++step) {
      const auto intervals = done_[static_cast<std::size_t>(step)].intervals();
      ASSERT_EQ(intervals.size(), 1U) << step;
      EXPECT_EQ(intervals.front(), line_.batch(step)) << step;
    }
  }

 private:
  BatchLine line_;
  std::vector<IntervalSet> done_;
};

TEST(StepSimulation, DividesEveryGlobalBatchOnce) {
  const ClusterProfile cluster = mixed_cluster(7, 0.05);
  CoordinatorOptions options = options_for(cluster, 96, 2100);  // two epochs, the last step ragged
  options.step->line.micro_batch = 4;
  options.step->most = 24;
  Parts parts(options.step->line);
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1, 2, &parts);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.job.samples_done, options.step->line.samples_in(2100));
  parts.expect_that_they_tile_every_batch();
}

// Utterances of very different length.
Dataset speech() {
  Manifest manifest;
  manifest.name = "speech";
  manifest.root = "/data";
  manifest.cost_unit = "seconds";
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    manifest.files.add("a" + std::to_string(i), 1, FileTable::unknown_bytes,
                       1 + 30 * random.uniform() * random.uniform());
  }
  return Dataset::cut(manifest, 64);
}

TEST(StepSimulation, DividesEveryGlobalBatchOnceByCost) {
  const Dataset dataset = speech();
  const ClusterProfile cluster = mixed_cluster(7, 0.05);
  CoordinatorOptions options = options_for(cluster, 96, 64);  // two epochs, the last step ragged
  options.step->line.samples = 3000;
  options.step->by_cost = true;
  Parts parts(options.step->line);
  const StepSimulationResult result = simulate_steps(dataset, cluster, options, 1, 2, &parts);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.job.samples_done, 6000);
  EXPECT_NEAR(result.job.cost_done, 2 * dataset.cost(), 1e-6 * dataset.cost());
  parts.expect_that_they_tile_every_batch();
}

TEST(StepSimulation, IsFasterByCostWhereSamplesDiffer) {
  const Dataset dataset = speech();
  const ClusterProfile cluster = mixed_cluster(8, 0);
  CoordinatorOptions options = options_for(cluster, 64, 92);
  options.step->line.samples = 3000;
  const auto steps_s = [&](bool by_cost) {
    options.step->by_cost = by_cost;
    const StepSimulationResult result = simulate_steps(dataset, cluster, options, 1);
    EXPECT_LT(0.98, result.steps.median_s / result.steps.bound_s);
    return seconds_from(result.step_ends, 40, 91);
  };
  const double by_count_s = steps_s(false);
  EXPECT_LT(steps_s(true), 0.85 * by_count_s);
}

TEST(StepSimulation, ReplaysTheDivisionOfAnotherRun) {
  const Dataset dataset = speech();
  const ClusterProfile cluster = mixed_cluster(4, 0.05);
  for (const bool by_cost : {false, true}) {
    CoordinatorOptions options = options_for(cluster, 64, 80);
    options.step->line.samples = 3000;
    options.step->by_cost = by_cost;
    const StepSimulationResult first = simulate_steps(dataset, cluster, options, 1);
    const ClusterProfile other = mixed_cluster(4, 0);
    options.step->replay = first.plans;
    const StepSimulationResult second = simulate_steps(dataset, other, options, 2);
    EXPECT_EQ(second.plans, first.plans);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(second.workers[i].samples, first.workers[i].samples);
      EXPECT_DOUBLE_EQ(second.workers[i].cost, first.workers[i].cost);
    }
  }
}

TEST(StepSimulation, IsWithinAHundredthOfAnOracleThatKnowsTheMeanSpeeds) {
  for (const int workers : {8, 16, 64}) {
    for (const double noise : {0.0, 0.02, 0.05}) {
      for (const Duration latency : {Duration(50us), Duration(20ms)}) {
        ClusterProfile cluster = mixed_cluster(workers, noise);
        cluster.latency = latency;
        const CoordinatorOptions options = options_for(cluster, std::int64_t{32} * workers, 300);
        const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
        const std::vector<Instant> oracle = oracle_step_ends(dataset(), cluster, options, 1);
        ASSERT_TRUE(result.complete);
        const double ratio =
            seconds_from(result.step_ends, 60, 299) / seconds_from(oracle, 60, 299);
        EXPECT_LE(ratio, 1.01) << workers << " workers, noise " << noise;
        EXPECT_GE(ratio, 0.99) << workers << " workers, noise " << noise;
      }
    }
  }
}

// What is lost after a change, in steps of the oracle that knows of it at once. `step_s`: how long
// a step takes, more or less.
double steps_lost(double factor, double step_s, int read_ahead, std::uint64_t seed) {
  const double speed_up = 0.17 / step_s;
  ClusterProfile cluster = mixed_cluster(8, 0.02);
  for (RankProfile& rank : cluster.ranks) {
    rank.speed *= speed_up;
    rank.overhead = from_seconds(to_seconds(rank.overhead) / speed_up);
  }
  const Instant change = instant_at(120 * step_s);
  cluster.ranks[1].phases.push_back({change, cluster.ranks[1].speed * factor});
  const CoordinatorOptions options = options_for(cluster, 256, 300);
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, seed, read_ahead);
  const std::vector<Instant> oracle = oracle_step_ends(dataset(), cluster, options, seed);
  const auto next = std::lower_bound(result.step_ends.begin(), result.step_ends.end(), change);
  const auto first = static_cast<std::size_t>(next - result.step_ends.begin());
  const double oracle_step_s = seconds_from(oracle, 250, 290) / 40;
  return seconds_from(result.step_ends, first - 1, first + 49) / oracle_step_s - 50;
}

TEST(StepSimulation, LosesFewStepsAfterAChangeOfSpeed) {
  for (const double step_s : {0.17, 0.03, 0.01}) {
    for (const int read_ahead : {0, 2}) {
      for (const double factor : {0.25, 0.5, 0.8, 2.0}) {
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
          EXPECT_LE(steps_lost(factor, step_s, read_ahead, seed), read_ahead + 10)
              << "to " << factor << " of its speed, steps of " << step_s << " s, seed " << seed;
        }
      }
    }
  }
}

TEST(StepSimulation, TakesAWorkerBackThatWasLeftOutAndHasRecovered) {
  ClusterProfile cluster = mixed_cluster(4, 0.02);
  for (RankProfile& rank : cluster.ranks) rank.speed = 100;
  cluster.ranks[3].speed = 4;  // a step of the others ends before its first sample
  cluster.ranks[3].phases.push_back({Instant(60s), 100});
  CoordinatorOptions options = options_for(cluster, 64, 200);
  options.step->least = 0;
  options.step->baseline = false;
  const StepSimulationResult slow = simulate_steps(dataset(), cluster, options, 1);
  EXPECT_LT(slow.step_ends.back(), Instant(60s));
  EXPECT_EQ(slow.workers[3].step_samples, 0);
  options.step->line.steps = 600;
  const StepSimulationResult recovered = simulate_steps(dataset(), cluster, options, 1);
  EXPECT_EQ(recovered.workers[3].step_samples, 16);
}

TEST(StepSimulation, TakesAWorkerBackBySimulatedStandInsWithoutATrial) {
  ClusterProfile cluster = mixed_cluster(4, 0.02);
  for (RankProfile& rank : cluster.ranks) rank.speed = 100;
  cluster.ranks[3].speed = 4;
  cluster.ranks[3].phases.push_back({Instant(60s), 100});
  cluster.stand_in = 1;
  CoordinatorOptions options = options_for(cluster, 64, 400);
  options.step->least = 0;
  options.step->baseline = false;
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
  const auto trials_of = [](const StepSimulationResult& of) {
    return std::ranges::count_if(of.plans, [](const PlanRecord& plan) {
      return plan.first_step > 10 && plan.counts[WorkerIndex(3)] == 1;
    });
  };
  EXPECT_EQ(trials_of(result), 0);
  EXPECT_EQ(result.workers[3].step_samples, 16);
  // All wait for the stand-in, which takes a quarter of a second until the worker is well.
  const double local_s = to_seconds(result.step_ends[60] - result.step_ends[59]);
  EXPECT_NEAR(local_s, 0.25, 0.05);
  const auto well = static_cast<std::size_t>(60 / local_s) + 20;
  EXPECT_LT(seconds_from(result.step_ends, well, well + 10), 10 * 0.19);
  cluster.stand_in = 0;
  EXPECT_GT(trials_of(simulate_steps(dataset(), cluster, options, 1)), 0);
}

TEST(StepSimulation, MeasuresTheEqualSplitBeforeItBalances) {
  const ClusterProfile cluster = mixed_cluster(4, 0);
  const CoordinatorOptions options = options_for(cluster, 128, 3000);
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
  const double all_reduce_s = to_seconds(cluster.all_reduce.time(4));
  EXPECT_TRUE(result.steps.equal_measured);
  EXPECT_NEAR(result.steps.equal_s, 0.002 + 32 / 50.0 + all_reduce_s, 1e-6);
  EXPECT_NEAR(result.steps.median_s, result.steps.bound_s, 1e-3);
  EXPECT_LT(result.steps.bound_s, 0.3 * result.steps.equal_s);
}

TEST(StepSimulation, AccountsForAllTheTimeOfEveryWorker) {
  ClusterProfile cluster = mixed_cluster(8, 0.05);
  cluster.latency = 20ms;
  const CoordinatorOptions options = options_for(cluster, 256, 100);
  for (const int read_ahead : {0, 3}) {
    const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1, read_ahead);
    const double whole_s = to_seconds(result.step_ends.back());
    std::int64_t times_last = 0;
    for (const WorkerRecord& worker : result.workers) {
      const Duration sum = worker.busy + worker.comm + worker.waited_for_coordinator +
                           worker.waited_for_others + worker.paused;
      EXPECT_NEAR(to_seconds(sum), whole_s, 1e-5 * whole_s) << read_ahead << " steps ahead";
      times_last += worker.times_last;
    }
    EXPECT_EQ(times_last, 100);
  }
}

TEST(StepSimulation, NeverWaitsForAPlanAfterTheFirst) {
  ClusterProfile cluster = mixed_cluster(8, 0.05);
  cluster.latency = 1ms;
  const CoordinatorOptions options = options_for(cluster, 256, 200);
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
  for (const WorkerRecord& worker : result.workers) {
    EXPECT_EQ(worker.waited_for_coordinator, Duration(2ms));  // the request and the plan
  }
}

TEST(StepSimulation, HardlyWaitsForPlansWithHighLatency) {
  for (const Duration step : {2ms, 10ms}) {
    for (const Duration latency : {5ms, 20ms}) {
      ClusterProfile cluster = mixed_cluster(8, 0.05);
      for (RankProfile& rank : cluster.ranks) rank.speed *= 0.17 / to_seconds(step);
      cluster.latency = latency;
      const CoordinatorOptions options = options_for(cluster, 256, 2000);
      const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
      for (const WorkerRecord& worker : result.workers) {
        // Of each plan until it is known how long they take.
        EXPECT_LE(worker.waited_for_coordinator, 4 * 2 * latency);
      }
    }
  }
}

TEST(StepSimulation, GoesOnAfterAnAllReduceThatTakesLongerThanSilenceMay) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  cluster.all_reduce.latency = 15s;
  const CoordinatorOptions options = options_for(cluster, 128, 40);
  EXPECT_TRUE(simulate_steps(dataset(), cluster, options, 1).complete);
}

TEST(StepSimulation, GoesOnAfterAHangOfLessThanAMinute) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  cluster.ranks[1].hangs.push_back({Instant(5s), Instant(55s)});
  const CoordinatorOptions options = options_for(cluster, 128, 100);
  EXPECT_TRUE(simulate_steps(dataset(), cluster, options, 1).complete);
  cluster.ranks[1].hangs.back().to = Instant(500s);
  EXPECT_FALSE(simulate_steps(dataset(), cluster, options, 1).complete);
}

TEST(StepSimulation, EndsWhereVirtualTimeEnds) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  cluster.all_reduce = {1'000'000'000s, 0, 1};
  cluster.ranks[1].speed = 1e-100;
  const CoordinatorOptions options = options_for(cluster, 128, 100);
  EXPECT_FALSE(simulate_steps(dataset(), cluster, options, 1).complete);
  const std::vector<Instant> ends = oracle_step_ends(dataset(), cluster, options, 1);
  ASSERT_FALSE(ends.empty());
  EXPECT_GT(ends.back(), end_of_time);
  EXPECT_LT(ends.size(), 100U);
}

TEST(StepSimulation, StallsWhenAWorkerDies) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  cluster.ranks[2].dies_at = Instant(5s);
  const CoordinatorOptions options = options_for(cluster, 128, 100);
  const StepSimulationResult result = simulate_steps(dataset(), cluster, options, 1);
  EXPECT_FALSE(result.complete);
  EXPECT_LT(result.job.steps, 100);
  EXPECT_GT(result.job.steps, 0);
  for (std::size_t i = 0; i < result.workers.size(); ++i) {
    EXPECT_EQ(result.workers[i].state, i == 2 ? WorkerState::lost : WorkerState::working) << i;
  }
}

// Four workers, of which the last has no part of any batch.
CoordinatorOptions idle_last(const ClusterProfile& cluster) {
  CoordinatorOptions options = options_for(cluster, 64, 100);
  options.policy.kind = PolicyKind::weighted;
  options.policy.weights = {1, 1, 1, 0.001};
  options.step->least = 0;
  return options;
}

TEST(StepSimulation, WaitsForAWorkerThatHangsThoughItHasNoPart) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  const auto whole = [&] {
    return simulate_steps(dataset(), cluster, idle_last(cluster), 1).step_ends.back() - Instant();
  };
  const Duration undisturbed = whole();
  cluster.ranks[3].hangs.push_back({Instant(5s), Instant(15s)});
  EXPECT_GT(whole(), undisturbed + 9s);
}

TEST(StepSimulation, NeedsAWorkerWithoutAPartUntilItDies) {
  ClusterProfile cluster = mixed_cluster(4, 0);
  cluster.ranks[3].overhead = 1000s;  // of steps in which it has a part
  cluster.ranks[3].dies_at = Instant(500s);
  EXPECT_TRUE(simulate_steps(dataset(), cluster, idle_last(cluster), 1).complete);
  cluster.ranks[3].dies_at = Instant(5s);
  EXPECT_FALSE(simulate_steps(dataset(), cluster, idle_last(cluster), 1).complete);
}

TEST(StepSimulation, ReplaysFromTheSeed) {
  const ClusterProfile cluster = mixed_cluster(8, 0.05);
  const CoordinatorOptions options = options_for(cluster, 256, 100);
  const auto ends = [&](std::uint64_t seed) {
    return simulate_steps(dataset(), cluster, options, seed).step_ends;
  };
  EXPECT_EQ(ends(1), ends(1));
  EXPECT_NE(ends(1), ends(2));
}

TEST(StepSimulation, TellsOfDevicesThatWorkInTiles) {
  ClusterProfile cluster = mixed_cluster(6, 0.02);
  for (const std::size_t rank : {1U, 2U}) cluster.ranks[rank].stair = 12;
  const StepSimulationResult result =
      simulate_steps(dataset(), cluster, options_for(cluster, 256, 390), 1);
  ASSERT_TRUE(result.complete);
  std::set<int> in_tiles;
  for (const Event& event : result.events.list()) {
    ASSERT_EQ(event.kind, EventKind::tiles);
    EXPECT_EQ(event.samples, 12);
    in_tiles.insert(event.rank.value());
  }
  EXPECT_TRUE(in_tiles.contains(3));  // one with small parts, whose time the tiles matter most for
  in_tiles.erase(2);
  EXPECT_EQ(in_tiles.size(), 1U);
}

// It gets 85 samples, and then two: each step takes it 0.05 s at least.
TEST(StepSimulation, DoesNotTakeAnotherPartForAnotherSpeed) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    ClusterProfile cluster;
    for (const double speed : {400.0, 20'000.0, 20'000.0}) {
      cluster.ranks.emplace_back();
      cluster.ranks.back().speed = speed;
      cluster.ranks.back().noise = 0.02;
    }
    cluster.ranks.front().overhead = 50ms;
    const StepSimulationResult result =
        simulate_steps(dataset(), cluster, options_for(cluster, 256, 390), seed);
    ASSERT_TRUE(result.complete);
    EXPECT_TRUE(result.events.list().empty()) << seed;
    const WorkerRecord& slow = result.workers.front();
    const auto part = static_cast<double>(slow.step_samples);
    EXPECT_LE(part, 3) << seed;
    EXPECT_NEAR(slow.speed / (part / (0.05 + part / 400)), 1, 0.03) << seed;
    const double equal_s = 0.05 + 86 / 400.0;
    EXPECT_NEAR(result.steps.equal_s / equal_s, 1, 0.03) << seed;
  }
}

}  // namespace
}  // namespace evenkeel

#include "balance/cluster.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <set>
#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// 1000 samples of cost 2 in steps of 10: a step costs 20.
constexpr JobShape shape{1000, 2000, 10};

TEST(Cluster, KnowsTheCostOfAMeanStep) {
  EXPECT_DOUBLE_EQ(Cluster(1, shape, 0).mean_step_cost(), 20);
  EXPECT_DOUBLE_EQ(Cluster(1, shape, 0).steps(25), 2.5);
}

TEST(Cluster, CountsADatasetSmallerThanAStepAsOneStep) {
  EXPECT_DOUBLE_EQ(Cluster(1, {5, 10, 32}, 0).mean_step_cost(), 10);
}

TEST(Cluster, CountsTheUnmeasuredAsMuchAsTheMean) {
  Cluster cluster(3, shape, 0);
  EXPECT_EQ(cluster.total_rate(), 0);
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  EXPECT_DOUBLE_EQ(cluster.worker(WorkerIndex(0)).rate, 10);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 30);
  cluster.observe(WorkerIndex(1), 1, 20, 1);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 45);
  cluster.observe(WorkerIndex(2), 1, 20, 4);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 35);
}

TEST(Cluster, MeasuresNothingInTheWarmUp) {
  Cluster cluster(1, shape, 1);
  EXPECT_EQ(cluster.expected_rate(WorkerIndex(0)), 0);
  EXPECT_EQ(cluster.total_rate(), 0);
  cluster.observe(WorkerIndex(0), 1, 20, 4);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).rate, 0);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(0)), 5);  // until more is known
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 5);
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  EXPECT_DOUBLE_EQ(cluster.worker(WorkerIndex(0)).rate, 10);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(0)), 10);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 10);
}

TEST(Cluster, BelievesAFirstStepOnlyIfItIsMuchSlowerThanThoseOfOthers) {
  Cluster cluster(3, shape, 1);
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  cluster.observe(WorkerIndex(1), 1, 20, 4);  // twice as slow: it may have had to compile
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(1)), 10);
  cluster.observe(WorkerIndex(2), 1, 20, 8);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(2)), 2.5);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 17.5);
}

// First steps take four times as long as those to come, with those that are measured.
TEST(Cluster, TakesAFirstStepForSlowerThanTheNext) {
  Cluster cluster(3, shape, 1);
  for (const int worker : {0, 1}) {
    cluster.observe(WorkerIndex(worker), 1, 20, 2);
    cluster.observe(WorkerIndex(worker), 1, 20, 0.5);
  }
  cluster.observe(WorkerIndex(2), 1, 20, 8);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(2)), 10);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 90);
  EXPECT_DOUBLE_EQ(cluster.step_s(WorkerIndex(2), 20), 2);
  cluster.give(WorkerIndex(2), 10, 20);
  EXPECT_DOUBLE_EQ(cluster.finish_s(WorkerIndex(2)), 2);
  cluster.set_alive(WorkerIndex(2), false);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 80);
  cluster.set_alive(WorkerIndex(2), true);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 90);
}

TEST(Cluster, ExpectsASmallStepToTakeTheUsualTime) {
  for (const int warmup_steps : {0, 1}) {
    Cluster cluster(1, shape, warmup_steps);
    cluster.observe(WorkerIndex(0), 1, 10, 1);
    EXPECT_DOUBLE_EQ(cluster.step_s(WorkerIndex(0), 1), 1);
    EXPECT_DOUBLE_EQ(cluster.step_s(WorkerIndex(0), 20), 2);
  }
  Cluster cluster(1, shape, 0);
  cluster.observe(WorkerIndex(0), 1, 40, 4);  // more than a mean step
  EXPECT_DOUBLE_EQ(cluster.step_s(WorkerIndex(0), 1), 2);
}

TEST(Cluster, RatesAWorkerAtStepsOfMeanCost) {
  Cluster cluster(1, shape, 0);
  for (int i = 0; i < 40; ++i) {
    cluster.observe(WorkerIndex(0), 1, 10, 1.5);
    cluster.observe(WorkerIndex(0), 1, 50, 3.5);
  }
  EXPECT_NEAR(cluster.worker(WorkerIndex(0)).rate, 10, 0.1);  // 20 in 1 + 20/20 s
}

TEST(Cluster, ReturnsAChangeOfSpeed) {
  Cluster cluster(2, shape, 0);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(cluster.observe(WorkerIndex(0), 1, 20, 2));
  cluster.observe(WorkerIndex(0), 1, 20, 4);
  cluster.observe(WorkerIndex(0), 1, 20, 4);
  const auto change = cluster.observe(WorkerIndex(0), 1, 20, 4);
  ASSERT_TRUE(change);
  EXPECT_DOUBLE_EQ(change->before, 10);
  EXPECT_DOUBLE_EQ(change->after, 5);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 10);
}

TEST(Cluster, LeavesOutTheDead) {
  Cluster cluster(3, shape, 0);
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  cluster.observe(WorkerIndex(1), 1, 20, 1);
  cluster.set_alive(WorkerIndex(1), false);
  cluster.set_alive(WorkerIndex(1), false);
  EXPECT_EQ(cluster.alive(), 2);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 20);
  for (int i = 0; i < 3; ++i) cluster.observe(WorkerIndex(1), 1, 20, 0.5);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 20);
  cluster.set_alive(WorkerIndex(0), false);
  EXPECT_EQ(cluster.total_rate(), 0);
  cluster.set_alive(WorkerIndex(1), true);
  EXPECT_EQ(cluster.alive(), 2);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 80);
  cluster.set_alive(WorkerIndex(2), false);  // not measured
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 40);
  cluster.observe(WorkerIndex(2), 1, 20, 1);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 40);
}

TEST(Cluster, AddsUpWhatIsHeldAndFree) {
  Cluster cluster(2, shape, 0);
  FreeWork free;
  free.samples = 100;
  free.cost = 200;
  cluster.set_free_work(free);
  cluster.give(WorkerIndex(0), 30, 60);
  cluster.give(WorkerIndex(1), 20, 40);
  cluster.give(WorkerIndex(0), 10, 20);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).held_samples, 40);
  EXPECT_DOUBLE_EQ(cluster.worker(WorkerIndex(0)).outstanding_cost, 80);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).held_leases, 2);
  EXPECT_EQ(cluster.held_leases(), 3);
  EXPECT_DOUBLE_EQ(cluster.remaining_cost(), 320);
  cluster.finish(WorkerIndex(0), 10, 20);
  cluster.end_lease(WorkerIndex(0), 0);
  EXPECT_EQ(cluster.held_leases(), 2);
  EXPECT_DOUBLE_EQ(cluster.remaining_cost(), 300);
}

TEST(Cluster, HasNoCostLeftWhereNothingIsHeld) {
  Cluster cluster(2, shape, 0);
  cluster.give(WorkerIndex(0), 10, 0.1);
  cluster.give(WorkerIndex(0), 10, 0.2);
  cluster.finish(WorkerIndex(0), 20, 0.3);
  cluster.end_lease(WorkerIndex(0), 0);
  cluster.end_lease(WorkerIndex(0), 0);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).outstanding_cost, 0);
  EXPECT_EQ(cluster.remaining_cost(), 0);
  cluster.give(WorkerIndex(0), 20, 1);
  cluster.finish(WorkerIndex(0), 10, 2);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).outstanding_cost, 0);
}

TEST(Cluster, KnowsWhatWasAssignedLessWhatWasTakenBack) {
  Cluster cluster(1, shape, 0);
  cluster.give(WorkerIndex(0), 30, 60);
  cluster.finish(WorkerIndex(0), 10, 20);
  cluster.take_back(WorkerIndex(0), 20, 40);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).held_samples, 0);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).assigned_cost, 20);
}

TEST(Cluster, VisitsChangedWorkersOnce) {
  Cluster cluster(4, shape, 0);
  const auto changed = [&cluster] {
    std::set<WorkerIndex> workers;
    cluster.visit_changed([&workers](WorkerIndex worker) { workers.insert(worker); });
    return workers;
  };
  cluster.set_asking(WorkerIndex(3), true);
  cluster.give(WorkerIndex(1), 10, 20);
  cluster.set_lead(WorkerIndex(3), 1s);
  cluster.set_alive(WorkerIndex(2), true);  // as it was
  EXPECT_EQ(changed(), (std::set{WorkerIndex(1), WorkerIndex(3)}));
  EXPECT_TRUE(changed().empty());
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  EXPECT_EQ(changed(), std::set{WorkerIndex(0)});
}

TEST(Cluster, ForeseesWhenAWorkerIsDone) {
  Cluster cluster(1, shape, 0);
  cluster.set_working_since(WorkerIndex(0), Instant(5s));
  EXPECT_DOUBLE_EQ(cluster.finish_s(WorkerIndex(0)), 5);
  cluster.give(WorkerIndex(0), 30, 80);
  EXPECT_EQ(cluster.finish_s(WorkerIndex(0)), std::numeric_limits<double>::infinity());
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  EXPECT_DOUBLE_EQ(cluster.finish_s(WorkerIndex(0)), 13);
}

TEST(Cluster, CountsTheOverheadOfEveryStepHeld) {
  Cluster cluster(1, shape, 0);
  for (int i = 0; i < 40; ++i) {
    cluster.observe(WorkerIndex(0), 1, 10, 1.5);
    cluster.observe(WorkerIndex(0), 1, 50, 3.5);
  }
  cluster.give(WorkerIndex(0), 30, 80);
  EXPECT_NEAR(cluster.finish_s(WorkerIndex(0)), 3 + 80 / 20.0, 0.1);
}

TEST(Cluster, CountsWhatIsReported) {
  Cluster cluster(2, shape, 5);  // steps of the warm-up, too
  cluster.observe(WorkerIndex(1), 2, 20, 3);
  cluster.observe(WorkerIndex(1), 1, 10, 0.5);
  EXPECT_EQ(cluster.worker(WorkerIndex(1)).steps_done, 3);
  EXPECT_EQ(cluster.worker(WorkerIndex(1)).busy_s, 3.5);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).steps_done, 0);
}

// Four alike whose steps vary, and one step of a fifth that was lucky.
TEST(Cluster, ExpectsOfAFastFirstStepWhatIsUsualWhereStepsVary) {
  for (const bool pools : {false, true}) {
    Cluster cluster(5, shape, 0);
    if (pools) cluster.pool_speeds();
    for (int step = 0; step < 20; ++step) {
      for (const int worker : {0, 1, 2, 3}) {
        cluster.observe(WorkerIndex(worker), 1, 20, (step + worker) % 2 == 0 ? 1.5 : 2.5);
      }
    }
    cluster.observe(WorkerIndex(4), 1, 20, 0.5);
    const double expected = cluster.expected_rate(WorkerIndex(4));
    EXPECT_EQ(cluster.worker(WorkerIndex(4)).rate, 40);
    if (!pools) {
      EXPECT_EQ(expected, 40);
      EXPECT_EQ(cluster.step_noise(), 0);
      continue;
    }
    EXPECT_LT(expected, 20);
    EXPECT_DOUBLE_EQ(cluster.step_s(WorkerIndex(4), 20), 20 / expected);
    cluster.give(WorkerIndex(4), 10, 20);
    EXPECT_DOUBLE_EQ(cluster.finish_s(WorkerIndex(4)), 20 / expected);
    double total = 0;
    for (const WorkerIndex worker : cluster.indices()) total += cluster.expected_rate(worker);
    EXPECT_NEAR(cluster.total_rate(), total, 1e-9);
    cluster.set_alive(WorkerIndex(4), false);
    EXPECT_NEAR(cluster.total_rate(), total - expected, 1e-9);
  }
}

TEST(Cluster, ExpectsOfAWorkerThatIsHardlyKnownTheNoiseOfTheOthers) {
  Cluster cluster(5, shape, 0);
  cluster.pool_speeds();
  for (int step = 0; step < 20; ++step) {
    for (const int worker : {0, 1, 2, 3}) {
      cluster.observe(WorkerIndex(worker), 1, 20, (step + worker) % 2 == 0 ? 1.5 : 2.5);
    }
  }
  cluster.observe(WorkerIndex(4), 1, 20, 2);
  for (int step = 0; step < 3; ++step) {
    EXPECT_FALSE(cluster.observe(WorkerIndex(4), 1, 20, 2.6));
  }
}

TEST(Cluster, KnowsHowFarEachWorkerIsFromTheDataOfOthers) {
  Cluster cluster(2, shape, 0);
  const std::vector<std::int64_t> at_home{0, 8, 0};  // the second home has some
  FreeWork free;
  free.at_home = at_home;
  free.away = 4;
  cluster.set_free_work(free);
  for (const WorkerIndex worker : cluster.indices()) cluster.set_home(worker, worker.value());
  EXPECT_EQ(cluster.away(WorkerIndex(0)), 4) << "as usual";
  cluster.set_away(WorkerIndex(0), 10);
  EXPECT_EQ(cluster.away(WorkerIndex(0)), 10);
  cluster.set_away(WorkerIndex(1), 10);
  EXPECT_EQ(cluster.away(WorkerIndex(1)), 1) << "at home";
}

// Its speed changes all the time.
TEST(Cluster, SeesEachChangeOfAWorkerThatIsWellKnown) {
  Cluster cluster(1, shape, 0);
  cluster.pool_speeds();
  int changes = 0;
  for (int step = 0; step < 1000; ++step) {
    changes += cluster.observe(WorkerIndex(0), 1, 20, step / 10 % 2 == 0 ? 1 : 3) ? 1 : 0;
  }
  EXPECT_GE(changes, 90);
}

// The last step of an epoch is a small one, and takes nearly as long.
TEST(Cluster, TakesNoOverheadForChance) {
  Cluster cluster(2, shape, 0);
  cluster.pool_speeds();
  for (int step = 0; step < 20; ++step) {
    for (const int worker : {0, 1}) {
      const bool is_small = step % 2 == 1;
      cluster.observe(WorkerIndex(worker), 1, is_small ? 2 : 20, is_small ? 1.1 : 2);
    }
  }
  EXPECT_EQ(cluster.step_noise(), 0);
}

Cluster cluster_with_weights(std::int32_t warmup_steps, const PerWorker<double>& weights) {
  Cluster cluster(weights.size(), shape, warmup_steps);
  for (const WorkerIndex worker : weights.indices()) cluster.set_weight(worker, weights[worker]);
  cluster.believe_weights();
  return cluster;
}

TEST(Cluster, KnowsRatiosFromWeightsBeforeTheFirstStep) {
  Cluster cluster = cluster_with_weights(0, {4, 1});
  EXPECT_FALSE(cluster.has_begun());
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(0)),
                   4 * cluster.expected_rate(WorkerIndex(1)));
  EXPECT_GT(cluster.step_s(WorkerIndex(0), 20), 1e6);  // in no unit: time that passes is nothing
}

TEST(Cluster, ExpectsOfTheUnmeasuredWhatTheirWeightsSay) {
  Cluster cluster = cluster_with_weights(0, {4, 1, 2});
  cluster.observe(WorkerIndex(0), 1, 20, 1);
  EXPECT_TRUE(cluster.has_begun());
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(1)), 5);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(2)), 10);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 35);
  cluster.set_alive(WorkerIndex(2), false);
  EXPECT_DOUBLE_EQ(cluster.total_rate(), 25);
}

TEST(Cluster, BelievesAStepMoreThanAWeight) {
  Cluster cluster = cluster_with_weights(0, {100, 1});
  cluster.observe(WorkerIndex(0), 1, 20, 1);
  cluster.observe(WorkerIndex(1), 1, 20, 1);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(1)), 20);
}

// Eight that are said to differ by a factor of 128. Two of them do not.
TEST(Cluster, BelievesWeightsLessIfTheyAreWrongAboutOthers) {
  Cluster cluster = cluster_with_weights(0, {1, 2, 4, 8, 16, 32, 64, 128});
  cluster.observe(WorkerIndex(0), 1, 20, 1);
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(6)), 64 * 20);
  cluster.observe(WorkerIndex(7), 1, 20, 1);
  EXPECT_LT(cluster.expected_rate(WorkerIndex(6)), 1.1 * 20);
  EXPECT_GT(cluster.expected_rate(WorkerIndex(1)), 0.9 * 20);
}

// Two are wrong, and many that are right come after them.
TEST(Cluster, BelievesWeightsAgainIfTheyAreRightAboutMore) {
  Cluster cluster = cluster_with_weights(0, {1, 2, 4, 8, 16, 32, 64, 128});
  cluster.observe(WorkerIndex(0), 1, 20, 1);
  cluster.observe(WorkerIndex(7), 1, 20, 1);
  EXPECT_LT(cluster.expected_rate(WorkerIndex(6)), 1.1 * 20);
  cluster.observe(WorkerIndex(7), 1, 20, 1.0 / 128);  // the first step had to wait for something
  cluster.observe(WorkerIndex(7), 1, 20, 1.0 / 128);
  cluster.observe(WorkerIndex(7), 1, 20, 1.0 / 128);
  for (const int worker : {1, 2, 3, 4}) {
    cluster.observe(WorkerIndex(worker), 1, 20, 1.0 / (1 << worker));
  }
  EXPECT_GT(cluster.expected_rate(WorkerIndex(6)), 0.9 * 64 * 20);
  EXPECT_EQ(cluster.worker(WorkerIndex(6)).weight, 64);
}

// The first steps of two that are said to differ take equally long: it does not take a second one.
TEST(Cluster, BelievesWeightsLessIfFirstStepsContradict) {
  Cluster cluster = cluster_with_weights(1, {1, 2, 4, 8, 16, 32, 64, 128});
  for (const int worker : {7, 0}) cluster.observe(WorkerIndex(worker), 1, 20, 1);
  EXPECT_GT(cluster.expected_rate(WorkerIndex(1)), 0.9 * 20);
}

TEST(Cluster, BelievesAFirstStepOnlyIfItIsMuchSlowerThanItsWeightSays) {
  Cluster cluster = cluster_with_weights(1, {1, 10});
  cluster.observe(WorkerIndex(0), 1, 20, 2);
  cluster.observe(WorkerIndex(1), 1, 20, 0.3);  // 0.2 would be right
  EXPECT_DOUBLE_EQ(cluster.expected_rate(WorkerIndex(1)), 100);
  Cluster wrong = cluster_with_weights(1, {1, 10});
  wrong.observe(WorkerIndex(0), 1, 20, 2);
  wrong.observe(WorkerIndex(1), 1, 20, 2);
  // Much slower: so little is left of the weights, and it is about as fast as the other.
  EXPECT_NEAR(wrong.expected_rate(WorkerIndex(1)), 12.2, 0.1);
}

TEST(Cluster, LeavesWeightsAsTheyAreUnlessTheyAreToBeBelieved) {
  Cluster cluster(2, shape, 0);
  cluster.set_weight(WorkerIndex(0), 100);
  EXPECT_EQ(cluster.expected_rate(WorkerIndex(0)), 0);
  for (const int worker : {0, 1}) cluster.observe(WorkerIndex(worker), 1, 20, 1);
  EXPECT_EQ(cluster.worker(WorkerIndex(0)).weight, 100);
}

TEST(Cluster, MarksAllWorkersOnceWeightsGetAUnit) {
  Cluster cluster = cluster_with_weights(0, {4, 1, 2});
  cluster.visit_changed([](WorkerIndex /*worker*/) {});
  cluster.observe(WorkerIndex(0), 1, 20, 1);
  std::set<std::int32_t> changed;
  cluster.visit_changed([&](WorkerIndex worker) { changed.insert(worker.value()); });
  EXPECT_EQ(changed.size(), 3U);
}

}  // namespace
}  // namespace evenkeel

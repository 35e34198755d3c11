#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "balance/served_job.h"

namespace evenkeel {
namespace {

using Given = ServedJob::Given;
constexpr Given nobody = ServedJob::nobody;

PolicyOptions weighted(PerWorker<double> weights) {
  return {PolicyKind::weighted, std::move(weights), 0};
}

// To whom the next chunks go if each is done at once.
std::vector<int> next_of(ServedJob& job, int chunks) {
  std::vector<int> workers;
  for (int i = 0; i < chunks; ++i) {
    workers.push_back(job.serve().first);
    job.finish(workers.back());
  }
  return workers;
}

TEST(PushPolicy, HandsOutASixtyFourthOfAnEvenShare) {
  EXPECT_EQ(ServedJob(only(PolicyKind::round_robin), 2, 6400).serve(), Given(0, 50));
  EXPECT_EQ(ServedJob(only(PolicyKind::round_robin), 2, 6401).serve(), Given(0, 51));
}

TEST(PushPolicy, HandsOutAStepAtLeast) {
  EXPECT_EQ(ServedJob(only(PolicyKind::round_robin), 2, 6400, 80).serve(), Given(0, 80));
}

TEST(PushPolicy, KeepsTwoChunksPerWorkerOutstanding) {
  ServedJob job(only(PolicyKind::round_robin), 3, 6400);
  job.lose(2);
  for (const int worker : {0, 1, 0, 1}) EXPECT_EQ(job.serve().first, worker);
  EXPECT_EQ(job.serve(), nobody);
  job.finish(1);
  for (const int worker : {0, 1}) EXPECT_EQ(job.serve().first, worker);
  EXPECT_EQ(job.serve(), nobody);
}

TEST(PushPolicy, HasNobodyToGiveToWhenAllAreLost) {
  for (const PolicyKind kind : {PolicyKind::random, PolicyKind::round_robin, PolicyKind::load}) {
    ServedJob job(only(kind), 1, 100);
    job.lose(0);
    EXPECT_EQ(job.serve(), nobody);
  }
}

TEST(PushPolicy, GivesToADoubtedWorkerOnlyWhatItAsksFor) {
  for (const PolicyKind kind : {PolicyKind::random, PolicyKind::round_robin, PolicyKind::load}) {
    ServedJob job(only(kind), 1, 6400);
    job.change(0, &Cluster::set_doubted, true);
    EXPECT_EQ(job.serve(), nobody);
    job.ask(0);
    EXPECT_EQ(job.serve().first, 0);
    EXPECT_EQ(job.serve(), nobody);
    job.change(0, &Cluster::set_doubted, false);
    EXPECT_EQ(job.serve().first, 0);
  }
}

TEST(PushPolicy, GivesToTheIdlestThatAskWhileADoubtedWorkerIsHeldOff) {
  ServedJob job(only(PolicyKind::round_robin), 4, 6400);
  job.give(2, 50);
  for (const int worker : {1, 2, 3}) job.ask(worker);
  job.change(0, &Cluster::set_doubted, true);
  for (const int worker : {1, 3, 2}) EXPECT_EQ(job.serve().first, worker);
  EXPECT_EQ(job.serve(), nobody);
  job.ask(0);
  EXPECT_EQ(job.serve().first, 0);
  EXPECT_EQ(job.serve(), nobody);
  job.lose(0);
  EXPECT_EQ(job.serve().first, 1);
}

TEST(RoundRobinPolicy, GoesRoundSkippingTheLost) {
  ServedJob job(only(PolicyKind::round_robin), 4, 6400);
  EXPECT_EQ(next_of(job, 5), (std::vector{0, 1, 2, 3, 0}));
  job.lose(1);
  EXPECT_EQ(next_of(job, 4), (std::vector{2, 3, 0, 2}));
}

TEST(RandomPolicy, DrawsFromTheSeed) {
  const auto draws = [](std::uint64_t seed) {
    ServedJob job({PolicyKind::random, {}, seed}, 4, 6400);
    return next_of(job, 30);
  };
  EXPECT_EQ(draws(1), draws(1));
  EXPECT_NE(draws(1), draws(2));
}

TEST(RandomPolicy, DrawsEveryWorkerButTheLost) {
  ServedJob job(only(PolicyKind::random), 4, 6400);
  job.lose(2);
  const std::vector<int> draws = next_of(job, 60);
  EXPECT_EQ(std::set<int>(draws.begin(), draws.end()), (std::set{0, 1, 3}));
}

TEST(WeightedPolicy, HandsOutInProportionToTheWeights) {
  ServedJob job(weighted({1, 2, 4}), 3, 6400);
  EXPECT_EQ(next_of(job, 14), (std::vector{0, 1, 2, 2, 1, 2, 2, 0, 1, 2, 2, 1, 2, 2}));
}

TEST(WeightedPolicy, TreatsAllAlikeWithoutWeights) {
  ServedJob job(only(PolicyKind::weighted), 3, 6400);
  EXPECT_EQ(next_of(job, 4), (std::vector{0, 1, 2, 0}));
}

TEST(WeightedPolicy, PassesOverTheLost) {
  ServedJob job(weighted({1, 4}), 2, 6400);
  job.lose(1);
  EXPECT_EQ(next_of(job, 3), (std::vector{0, 0, 0}));
}

TEST(WeightedPolicy, ServesTinyWeightsToo) {
  ServedJob job(weighted({1e-320, 1e-320}), 2, 6400);
  EXPECT_EQ(next_of(job, 4), (std::vector{0, 1, 0, 0}));
}

TEST(PerformancePolicy, HandsOutInProportionToTheMeasuredSpeed) {
  ServedJob job(only(PolicyKind::performance), 2, 6400);
  job.measure(0, 1);
  job.measure(1, 2);
  EXPECT_EQ(next_of(job, 6), (std::vector{0, 1, 1, 0, 1, 1}));
  job.measure(1, 1);  // it has had twice as much as the other, and is no faster any more
  EXPECT_EQ(next_of(job, 4), (std::vector{0, 0, 0, 1}));
}

TEST(PerformancePolicy, AssumesTheMeanSpeedForUnmeasuredWorkers) {
  ServedJob job(only(PolicyKind::performance), 2, 6400);
  EXPECT_EQ(next_of(job, 4), (std::vector{0, 1, 0, 1}));
  job.measure(0, 4);
  job.change(1, &Cluster::set_trimmable, true);
  EXPECT_EQ(next_of(job, 4), (std::vector{0, 1, 0, 1}));
}

TEST(PerformancePolicy, FollowsTheMeanAsItChanges) {
  ServedJob job(only(PolicyKind::performance), 2, 6400);
  next_of(job, 8);  // half of them each
  job.measure(0, 1);
  EXPECT_EQ(next_of(job, 2), (std::vector{0, 1}));
  job.measure(0, 100);  // and so the other is taken for as fast: they are still even
  EXPECT_EQ(next_of(job, 2), (std::vector{0, 1}));
}

TEST(LoadPolicy, HandsOutByWhatIsOutstandingInSeconds) {
  ServedJob job(only(PolicyKind::load), 2, 6400);
  job.measure(0, 1);
  job.measure(1, 2);
  EXPECT_EQ(next_of(job, 3), (std::vector{0, 0, 0}));  // what is done does not count
  for (const int worker : {0, 1, 1, 0}) EXPECT_EQ(job.serve().first, worker);
  job.finish(1);
  EXPECT_EQ(job.serve().first, 1);
}

}  // namespace
}  // namespace evenkeel

#include "balance/batch_division.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "balance/division_yardsticks.h"
#include "core/random.h"

namespace evenkeel {
namespace {

using Counts = PerWorker<std::int64_t>;

constexpr std::int32_t no_limit = std::numeric_limits<std::int32_t>::max();

Counts counts_of(const Division& division, std::int32_t workers) {
  Counts counts(workers);
  for (const WorkerIndex worker : division) ++counts[worker];
  return counts;
}

Division given_to(std::initializer_list<std::int32_t> workers) {
  Division division;
  for (const std::int32_t worker : workers) division.emplace_back(worker);
  return division;
}

// A small batch with everything in it: head starts, limits, ties, samples without cost.
struct Batch {
  Costs costs;
  DivisionWorkers workers;
};

Batch any_batch(Random& random) {
  Batch batch;
  batch.costs.resize(random.below(40));
  const std::uint64_t highest = random.below(3) == 0 ? 5 : 1'000'000;
  for (std::uint32_t& cost : batch.costs) {
    cost = static_cast<std::uint32_t>(random.below(highest));
  }
  batch.workers = DivisionWorkers(static_cast<std::int32_t>(1 + random.below(8)));
  const std::uint64_t paces = random.below(2) == 0 ? 3 : 1000;
  const bool head_starts = random.below(2) == 0;
  const auto samples = static_cast<std::int32_t>(batch.costs.size());
  std::int32_t may_be_owed = samples;
  std::int64_t most = 0;
  for (DivisionWorker& worker : batch.workers) {
    worker.pace = static_cast<std::uint32_t>(1 + random.below(paces));
    if (head_starts) worker.head_start = random.below(10 * highest * paces);
    if (random.below(2) == 0) {
      worker.least =
          static_cast<std::int32_t>(random.below(1 + static_cast<std::uint64_t>(may_be_owed) / 2));
    }
    may_be_owed -= worker.least;
    worker.most = worker.least + static_cast<std::int32_t>(random.below(20));
    most += worker.most;
  }
  if (most < samples) batch.workers.back().most = no_limit;
  return batch;
}

TEST(BatchDivision, GivesTheMostExpensiveSampleFirst) {
  const Costs costs{1, 7, 4, 5};
  const DivisionWorkers workers = equal_workers(2);
  // 7 | 5, then 4 to the second: 7 | 9, then 1 to the first.
  EXPECT_EQ(divide_longest_first(costs, workers), given_to({0, 0, 1, 1}));
}

TEST(BatchDivision, EqualsASearchBeforeItIsRepaired) {
  Random random(2);
  for (int round = 0; round < 3000; ++round) {
    const auto [costs, workers] = any_batch(random);
    ASSERT_EQ(divide_longest_first(costs, workers), divide_longest_first_by_search(costs, workers))
        << "round " << round;
  }
}

TEST(BatchDivision, KeepsEveryLimit) {
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    const auto [costs, workers] = any_batch(random);
    const Division division = divide_batch(costs, workers);
    ASSERT_EQ(division.size(), costs.size());
    const Counts counts = counts_of(division, workers.size());
    for (const WorkerIndex i : workers.indices()) {
      EXPECT_GE(counts[i], workers[i].least);
      EXPECT_LE(counts[i], workers[i].most);
    }
  }
}

TEST(BatchDivision, NeverEndsLaterThanBeforeItWasRepaired) {
  Random random(4);
  int earlier = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto [costs, workers] = any_batch(random);
    const std::uint64_t repaired = latest_end(costs, workers, divide_batch(costs, workers));
    const std::uint64_t before = latest_end(costs, workers, divide_longest_first(costs, workers));
    ASSERT_LE(repaired, before) << "round " << round;
    if (repaired < before) ++earlier;
  }
  EXPECT_GT(earlier, 1000);
}

// Whether moving one sample away from the worker that ends last, or swapping it, would let all
// end earlier.
bool can_be_repaired(const Batch& batch, const Division& division) {
  const std::uint64_t end = latest_end(batch.costs, batch.workers, division);
  const PerWorker<std::uint64_t> ends = ends_of(batch.costs, batch.workers, division);
  if (std::ranges::count(ends, end) > 1) return false;
  const WorkerIndex last(static_cast<std::int32_t>(std::ranges::find(ends, end) - ends.begin()));
  const Counts counts = counts_of(division, ends.size());
  Division changed = division;
  for (std::size_t given = 0; given < division.size(); ++given) {
    if (division[given] != last) continue;
    for (const WorkerIndex to : ends.indices()) {
      const bool may_move =
          counts[last] > batch.workers[last].least && counts[to] < batch.workers[to].most;
      changed[given] = to;
      if (may_move && latest_end(batch.costs, batch.workers, changed) < end) return true;
    }
    for (std::size_t taken = 0; taken < division.size(); ++taken) {
      changed[given] = division[taken];
      changed[taken] = last;
      if (latest_end(batch.costs, batch.workers, changed) < end) return true;
      changed[taken] = division[taken];
    }
    changed[given] = last;
  }
  return false;
}

TEST(BatchDivision, StopsOnlyWhereNoSingleMoveOrSwapHelps) {
  Random random(5);
  int judged = 0;
  for (int round = 0; round < 2000; ++round) {
    const Batch batch = any_batch(random);
    const Division division = divide_batch(batch.costs, batch.workers);
    const std::uint64_t last = latest_end(batch.costs, batch.workers, division);
    PerWorker<std::uint64_t> ends = ends_of(batch.costs, batch.workers, division);
    for (const WorkerIndex i : ends.indices()) {
      ends[i] = std::max(ends[i], batch.workers[i].head_start);  // when it could begin
    }
    const std::uint64_t first = std::ranges::min(ends);
    if (first >= last || last - first <= last / 1024) continue;  // even enough
    ++judged;
    ASSERT_FALSE(can_be_repaired(batch, division)) << "round " << round;
  }
  EXPECT_GT(judged, 1000);
}

TEST(BatchDivision, IsTheSameInAnyUnitOfTime) {
  Random random(6);
  for (int round = 0; round < 1000; ++round) {
    auto [costs, workers] = any_batch(random);
    const Division division = divide_batch(costs, workers);
    const std::uint64_t factor = 2 + random.below(1000);
    for (DivisionWorker& worker : workers) {
      worker.pace *= static_cast<std::uint32_t>(factor);
      worker.head_start *= factor;
    }
    ASSERT_EQ(divide_batch(costs, workers), division) << "round " << round;
  }
}

// Ranks may run different builds, and a replayed run may be older than the program.
TEST(BatchDivision, IsPinned) {
  const Costs costs{31, 41, 59, 26, 53, 58, 97, 93, 23, 84, 62, 64, 33, 83, 27, 95};
  const DivisionWorkers workers{{10, 0, 0, 16}, {13, 100, 2, 6}, {25, 0, 1, 16}};
  EXPECT_EQ(divide_batch(costs, workers),
            given_to({2, 1, 1, 1, 0, 2, 0, 1, 1, 2, 0, 0, 0, 1, 0, 0}));
}

TEST(BatchDivision, GivesEverythingToASingleWorker) {
  const Costs costs{3, 1, 2};
  const DivisionWorkers workers{{7, 5, 3, 3}};
  EXPECT_EQ(divide_batch(costs, workers), given_to({0, 0, 0}));
}

TEST(BatchDivision, IsEmptyWithoutSamples) {
  EXPECT_EQ(divide_batch({}, equal_workers(3)), Division());
  EXPECT_EQ(divide_batch({}, {}), Division());
}

TEST(BatchDivision, LeavesSlowWorkersOutOfASmallBatch) {
  const Costs costs{5, 5};
  const DivisionWorkers workers{{9, 0, 0, 2}, {4, 0, 0, 2}, {5, 0, 0, 2}};
  EXPECT_EQ(divide_batch(costs, workers), given_to({1, 2}));
}

TEST(BatchDivision, LeavesOutAWorkerWhoseHeadStartAloneIsTooLong) {
  const Costs costs{5, 5, 5, 5};
  const DivisionWorkers workers{{1, 1000, 0, 4}, {1, 0, 0, 4}, {1, 0, 0, 4}};
  EXPECT_EQ(counts_of(divide_batch(costs, workers), 3), (Counts{0, 2, 2}));
}

TEST(BatchDivision, GivesASlowWorkerTheCheapestSamplesOfItsLeast) {
  const Costs costs{10, 1, 10, 10, 2, 10};
  const DivisionWorkers workers{{1, 0, 0, 6}, {1000, 0, 2, 6}};
  EXPECT_EQ(divide_batch(costs, workers), given_to({0, 1, 0, 0, 1, 0}));
}

TEST(BatchDivision, GivesTheMostExpensiveSamplesToAFastWorkerOfFewSamples) {
  const Costs costs{10, 1, 40, 10, 20, 10};
  const DivisionWorkers workers{{1, 0, 2, 2}, {2, 0, 0, 6}};
  EXPECT_EQ(divide_batch(costs, workers), given_to({1, 1, 0, 1, 0, 1}));
}

TEST(BatchDivision, MayHaveSamplesWithoutCost) {
  const Costs costs(6, 0);
  const DivisionWorkers workers{{3, 0, 0, 6}, {1, 0, 0, 4}, {2, 0, 1, 6}};
  EXPECT_EQ(counts_of(divide_batch(costs, workers), 3), (Counts{0, 4, 2}));
}

TEST(BatchDivision, HoldsTheHighestCosts) {
  const std::uint32_t highest = std::numeric_limits<std::uint32_t>::max();
  const Costs costs{highest, highest - 1, highest, highest - 1, highest, highest};
  const std::uint32_t pace = 1U << 28;  // the sum of all is just below 2^63
  const DivisionWorkers workers{{pace, 0, 0, no_limit}, {pace, 0, 0, no_limit}};
  const std::uint64_t end = latest_end(costs, workers, divide_batch(costs, workers));
  EXPECT_EQ(end, (std::uint64_t{3} * highest - 1) * pace);
}

TEST(BatchDivision, RefusesWhatCannotBeHeldOrTold) {
  const Costs costs{4, 5};
  const std::uint32_t highest = std::numeric_limits<std::uint32_t>::max();
  const auto divide = [&](const DivisionWorkers& workers) { divide_batch(costs, workers); };
  EXPECT_DEATH(divide({{1, 0, 0, 1}}), "check failed");  // too little room
  EXPECT_DEATH(divide({{1, 0, 3, 3}}), "check failed");  // too few samples
  EXPECT_DEATH(divide({{1, 0, 2, 1}, {1, 0, 0, 2}}), "check failed");
  EXPECT_DEATH(divide({{0, 0, 0, 2}}), "check failed");
  EXPECT_DEATH(divide({{1, std::uint64_t{1} << 63, 0, 2}}), "check failed");
  EXPECT_DEATH(divide_batch(Costs{highest, highest}, DivisionWorkers{{highest, 0, 0, 2}}),
               "check failed");
}

// The worst of many batches of 16 × 8 samples: how much later it ends than the best of what is
// known to be good, which may be out of reach: longest first, Karmarkar & Karp, and the bound.
double worst_excess(DivisionWorkers (*draw_workers)(Random&), Costs (*draw_costs)(Random&)) {
  double worst = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const DivisionWorkers workers = draw_workers(random);
    const Costs costs = draw_costs(random);
    const std::uint64_t end = latest_end(costs, workers, divide_batch(costs, workers));
    const std::uint64_t first = latest_end(costs, workers, divide_longest_first(costs, workers));
    double best = std::min(static_cast<double>(first), bound_of_latest_end(costs, workers));
    if (workers.front().pace == workers.back().pace) {
      const std::uint64_t sum = karmarkar_karp_sum(costs, workers.size());
      best = std::min(best, static_cast<double>(sum * workers.front().pace));
    }
    worst = std::max(worst, static_cast<double>(end) / best - 1);
  }
  return worst;
}

DivisionWorkers sixteen_equal(Random&) { return equal_workers(16); }
DivisionWorkers sixteen_unequal(Random& random) { return unequal_workers(random, 16); }
Costs uniform(Random& random) { return uniform_costs(random, 128); }
Costs lognormal(Random& random) { return lognormal_costs(random, 128, 0.5); }
Costs heavy_tailed(Random& random) { return lognormal_costs(random, 128, 1); }

TEST(BatchDivision, IsWithinOnePercentOfTheBestOnEqualWorkers) {
  EXPECT_LT(worst_excess(sixteen_equal, uniform), 0.01);
  EXPECT_LT(worst_excess(sixteen_equal, lognormal), 0.01);
  EXPECT_LT(worst_excess(sixteen_equal, heavy_tailed), 0.01);
}

TEST(BatchDivision, IsWithinOnePercentOfTheBestOnUnequalWorkers) {
  EXPECT_LT(worst_excess(sixteen_unequal, uniform), 0.01);
  EXPECT_LT(worst_excess(sixteen_unequal, lognormal), 0.01);
  EXPECT_LT(worst_excess(sixteen_unequal, heavy_tailed), 0.01);
}

}  // namespace
}  // namespace evenkeel

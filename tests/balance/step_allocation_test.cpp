#include "balance/step_allocation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

using Counts = PerWorker<std::int64_t>;
using Workers = PerWorker<StepSpeed>;

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

StepSpeed worker(double micro_batch_s, double fixed_s = 0, std::int64_t least = 0,
                 std::int64_t most = no_limit) {
  return {fixed_s, micro_batch_s, least, most};
}

std::int64_t sum_of(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

// The longest step of the best counts there are, by trying all from worker `i` on.
double shortest_by_search(const Workers& workers, std::int64_t micro_batches, WorkerIndex i = {}) {
  if (i.value() == workers.size()) {
    return micro_batches == 0 ? 0 : std::numeric_limits<double>::infinity();
  }
  double best_s = std::numeric_limits<double>::infinity();
  const std::int64_t most = std::min(workers[i].most, micro_batches);
  for (std::int64_t count = workers[i].least; count <= most; ++count) {
    const double others_s =
        shortest_by_search(workers, micro_batches - count, WorkerIndex(i.value() + 1));
    best_s = std::min(best_s, std::max(workers[i].step_s(count), others_s));
  }
  return best_s;
}

// The counts as the header defines them: one micro-batch after another.
Counts dealt_one_by_one(const Workers& workers, std::int64_t micro_batches) {
  using Offer = std::tuple<double, WorkerIndex>;
  std::priority_queue<Offer, std::vector<Offer>, std::greater<>> offers;
  Counts counts(workers.size());
  const auto offer = [&](WorkerIndex i) {
    if (counts[i] < workers[i].most) offers.emplace(workers[i].step_s(counts[i] + 1), i);
  };
  for (const WorkerIndex i : workers.indices()) {
    counts[i] = workers[i].least;
    offer(i);
    micro_batches -= workers[i].least;
  }
  for (; micro_batches > 0; --micro_batches) {
    const WorkerIndex i = std::get<WorkerIndex>(offers.top());
    offers.pop();
    ++counts[i];
    offer(i);
  }
  return counts;
}

struct Batch {
  Workers workers;
  std::int64_t micro_batches = 0;
};

// Few workers with everything that they may have; in every other batch, times are small whole
// numbers, so that there are many ties.
Batch any_batch(Random& random, std::uint64_t most_workers, std::uint64_t most_micro_batches) {
  Batch batch;
  batch.micro_batches = static_cast<std::int64_t>(random.below(most_micro_batches + 1));
  const bool whole = random.below(2) == 0;
  const auto time = [&](std::uint64_t least, std::uint64_t beyond) {
    return static_cast<double>(whole ? least + random.below(4) : least) +
           (whole ? 0 : random.uniform() * static_cast<double>(beyond));
  };
  std::int64_t may_be_owed = batch.micro_batches;
  bool room = false;
  batch.workers = Workers(static_cast<std::int32_t>(1 + random.below(most_workers)));
  for (StepSpeed& worker : batch.workers) {
    worker.micro_batch_s = time(1, 10) / (whole ? 1 : 7);
    if (random.below(2) == 0) worker.fixed_s = time(0, 20);
    if (random.below(3) == 0) {
      worker.least =
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(may_be_owed) / 2 + 1));
    }
    may_be_owed -= worker.least;
    worker.most =
        random.below(2) == 0 ? no_limit : worker.least + static_cast<std::int64_t>(random.below(5));
    room = room || worker.most == no_limit;
  }
  if (!room) batch.workers.front().most = no_limit;
  return batch;
}

// Of any shape: through random parts, some of them no more work than smaller ones.
WorkCurve any_curve(Random& random) {
  std::vector<MeasuredPart> parts;
  double size = 0;
  double work = 0;
  for (std::uint64_t left = 1 + random.below(5); left > 0; --left) {
    size += static_cast<double>(1 + random.below(4));
    work += static_cast<double>(random.below(4)) + (parts.empty() ? 1 : 0);
    parts.push_back({size, work, 1e4});
  }
  WorkCurve curve;
  curve.set(parts, true);
  return curve;
}

TEST(StepAllocation, GivesCountsInProportionToSpeed) {
  const Workers workers{worker(0.1), worker(0.2), worker(0.4)};
  EXPECT_EQ(allocate_step(workers, 7), (Counts{4, 2, 1}));
}

TEST(StepAllocation, TakesFixedTimeIntoAccount) {
  const Workers workers{worker(1, 4), worker(1)};
  EXPECT_EQ(allocate_step(workers, 10), (Counts{3, 7}));
}

TEST(StepAllocation, GivesNothingToAWorkerWhoseFixedTimeAloneIsTooLong) {
  const Workers workers{worker(1, 100), worker(1), worker(1)};
  EXPECT_EQ(allocate_step(workers, 10), (Counts{0, 5, 5}));
}

TEST(StepAllocation, KeepsTheLeastOfAWorkerThatIsTooSlow) {
  const Workers workers{worker(100, 0, 2), worker(1), worker(1)};
  EXPECT_EQ(allocate_step(workers, 10), (Counts{2, 4, 4}));
}

TEST(StepAllocation, KeepsTheMostOfAFastWorker) {
  const Workers workers{worker(0.001, 0, 0, 3), worker(1), worker(1)};
  EXPECT_EQ(allocate_step(workers, 10), (Counts{3, 4, 3}));
}

TEST(StepAllocation, GivesTiesToTheLowerIndex) {
  const Workers workers(4, worker(1));
  EXPECT_EQ(allocate_step(workers, 6), (Counts{2, 2, 1, 1}));
}

TEST(StepAllocation, GivesNothingWhenThereIsNothing) {
  EXPECT_EQ(allocate_step(Workers(3, worker(1)), 0), (Counts{0, 0, 0}));
  EXPECT_EQ(allocate_step({}, 0), Counts());
}

TEST(StepAllocation, MinimisesTheLongestStep) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    SCOPED_TRACE(round);
    const auto [workers, micro_batches] = any_batch(random, 4, 12);
    const Counts counts = allocate_step(workers, micro_batches);
    ASSERT_EQ(sum_of(counts), micro_batches);
    for (const WorkerIndex i : workers.indices()) {
      ASSERT_GE(counts[i], workers[i].least);
      ASSERT_LE(counts[i], workers[i].most);
    }
    ASSERT_EQ(longest_step_s(workers, counts), shortest_by_search(workers, micro_batches));
  }
}

TEST(StepAllocation, IsAsIfDealtOneByOne) {
  Random random(2);
  for (int round = 0; round < 5000; ++round) {
    const auto [workers, micro_batches] = any_batch(random, 30, 1000);
    ASSERT_EQ(allocate_step(workers, micro_batches), dealt_one_by_one(workers, micro_batches))
        << "round " << round;
  }
}

// A step's length that no division gives exactly: thirds, tenths and sevenths meet at multiples.
TEST(StepAllocation, IsNotMisledByRounding) {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    Workers workers(static_cast<std::int32_t>(1 + random.below(12)), worker(1));
    for (StepSpeed& one : workers) {
      one.micro_batch_s = 0.1 * static_cast<double>(1 + random.below(5));
      one.fixed_s = 0.1 * static_cast<double>(random.below(3));
    }
    const auto micro_batches = static_cast<std::int64_t>(random.below(500));
    ASSERT_EQ(allocate_step(workers, micro_batches), dealt_one_by_one(workers, micro_batches))
        << "round " << round;
  }
}

TEST(StepAllocation, AllocatesForTenThousandWorkers) {
  Random random(4);
  Workers workers(10'000);
  for (StepSpeed& one : workers) one = worker(0.1 + random.uniform(), 0.1 * random.uniform(), 1);
  const Counts counts = allocate_step(workers, 123'456);
  EXPECT_EQ(sum_of(counts), 123'456);
  EXPECT_EQ(counts, dealt_one_by_one(workers, 123'456));
}

TEST(StepAllocation, BearsSpeedsThatAreFarApart) {
  const Workers workers{worker(1e-9), worker(1e6), worker(1e-9), worker(1, 1e9)};
  EXPECT_EQ(allocate_step(workers, 1'000'000'000'001),
            (Counts{500'000'000'001, 0, 500'000'000'000, 0}));
}

// Without a bound on what a fast worker is thought to finish, the sum of the counts overflows.
TEST(StepAllocation, BearsManyFastWorkersBesideOneThatHardlyMoves) {
  Workers workers(1000, worker(1e-9));
  workers.push_back(worker(1e9, 0, 1));
  Counts expected(1000, 1'000'000);
  expected.push_back(1);
  EXPECT_EQ(allocate_step(workers, 1'000'000'001), expected);
}

TEST(StepAllocation, RefusesLimitsThatDoNotFitTheBatch) {
  EXPECT_DEATH(allocate_step(Workers(2, worker(1, 0, 0, 3)), 7), "check failed");
  EXPECT_DEATH(allocate_step(Workers(2, worker(1, 0, 4)), 7), "check failed");
  EXPECT_DEATH(allocate_step(Workers(1, worker(1, 0, 2, 1)), 7), "check failed");
}

TEST(StepAllocation, RefusesTimesThatAreNone) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_DEATH(allocate_step(Workers(1, worker(0)), 7), "check failed");
  EXPECT_DEATH(allocate_step(Workers(1, worker(infinite)), 7), "check failed");
  EXPECT_DEATH(allocate_step(Workers(1, worker(std::nan(""))), 7), "check failed");
  EXPECT_DEATH(allocate_step(Workers(1, worker(1, -1)), 7), "check failed");
}

TEST(StepAllocation, IsExactForCurves) {
  Random random(3);
  for (int run = 0; run < 2000; ++run) {
    Batch batch = any_batch(random, 4, 12);
    std::vector<WorkCurve> curves;
    while (std::ssize(curves) < batch.workers.size()) curves.push_back(any_curve(random));
    for (const WorkerIndex i : batch.workers.indices()) {
      if (random.below(4) == 0) continue;
      StepSpeed& worker = batch.workers[i];
      worker.curve = &curves[static_cast<std::size_t>(i.value())];
      worker.work_s = worker.micro_batch_s;
      worker.always_s = worker.fixed_s;
    }
    const Counts counts = allocate_step(batch.workers, batch.micro_batches);
    ASSERT_EQ(sum_of(counts), batch.micro_batches) << run;
    ASSERT_EQ(longest_step_s(batch.workers, counts),
              shortest_by_search(batch.workers, batch.micro_batches))
        << run;
    ASSERT_EQ(counts, dealt_one_by_one(batch.workers, batch.micro_batches)) << run;
  }
}

TEST(StepAllocation, FillsTiles) {
  std::vector<MeasuredPart> parts;
  for (const double size : {8, 9, 15, 17, 32}) {
    parts.push_back({size, 8 * std::ceil(size / 8), 1e4});
  }
  WorkCurve tiles;
  tiles.set(parts, true);
  Workers workers(2, worker(1));
  workers[WorkerIndex(0)].curve = &tiles;
  workers[WorkerIndex(0)].work_s = 1;
  EXPECT_EQ(allocate_step(workers, 34), (Counts{16, 18}));
  EXPECT_EQ(allocate_step(workers, 32), (Counts{16, 16}));
  EXPECT_EQ(allocate_step(workers, 23), (Counts{8, 15}));
}

}  // namespace
}  // namespace evenkeel

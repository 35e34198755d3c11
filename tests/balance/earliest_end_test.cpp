#include "balance/earliest_end.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "balance/division_yardsticks.h"
#include "core/random.h"

namespace evenkeel {
namespace {

DivisionWorker worker(std::uint32_t pace, std::uint64_t head_start = 0) {
  return {pace, head_start, 0, 100};
}

TEST(EarliestEnd, PrefersTheFasterWorkerForAnExpensiveSample) {
  const DivisionWorkers workers{worker(3), worker(1, 20)};
  EarliestEnd earliest(workers, 100);
  EXPECT_EQ(earliest.winner(100), WorkerIndex(1));  // 300 or 120
  EXPECT_EQ(earliest.winner(11), WorkerIndex(1));   // 33 or 31
  EXPECT_EQ(earliest.winner(9), WorkerIndex(0));    // 27 or 29
}

TEST(EarliestEnd, GivesTiesToTheFasterWorker) {
  const DivisionWorkers workers{worker(3), worker(1, 20)};
  EarliestEnd earliest(workers, 10);
  EXPECT_EQ(earliest.winner(10), WorkerIndex(1));  // both at 30
}

TEST(EarliestEnd, GivesTiesOfOneSpeedToTheLowerIndex) {
  const DivisionWorkers workers{worker(2, 5), worker(2), worker(2)};
  EarliestEnd earliest(workers, 10);
  EXPECT_EQ(earliest.winner(10), WorkerIndex(1));
  earliest.add_sample(WorkerIndex(1));
  EXPECT_EQ(earliest.winner(10), WorkerIndex(2));
}

TEST(EarliestEnd, HasNoWinnerWhenAllAreRemoved) {
  const DivisionWorkers workers{worker(2), worker(1), worker(4)};
  EarliestEnd earliest(workers, 10);
  earliest.remove(WorkerIndex(1));
  EXPECT_EQ(earliest.winner(10), WorkerIndex(0));
  earliest.remove(WorkerIndex(0));
  EXPECT_EQ(earliest.winner(10), WorkerIndex(2));
  earliest.remove(WorkerIndex(2));
  EXPECT_EQ(earliest.winner(10), std::nullopt);
}

TEST(EarliestEnd, RefusesARisingCost) {
  const DivisionWorkers workers{worker(2)};
  EarliestEnd earliest(workers, 10);
  EXPECT_DEATH(earliest.winner(11), "check failed");
}

// Answers the same questions by looking at every worker.
class Search {
 public:
  explicit Search(const DivisionWorkers& workers) : workers_(workers), absent_(workers.size()) {}

  std::optional<WorkerIndex> winner(std::uint32_t cost) const {
    std::optional<WorkerIndex> best;
    for (const WorkerIndex worker : workers_.indices()) {
      if (!absent_[worker] && (!best || rank(worker, cost) < rank(*best, cost))) best = worker;
    }
    return best;
  }
  void add_sample(WorkerIndex worker, std::uint32_t cost) {
    DivisionWorker& to = workers_[worker];
    to.head_start += std::uint64_t{cost} * to.pace;
  }
  void remove(WorkerIndex worker) { absent_[worker] = true; }

 private:
  std::pair<std::uint64_t, std::uint32_t> rank(WorkerIndex index, std::uint32_t cost) const {
    const DivisionWorker& worker = workers_[index];
    return {worker.head_start + std::uint64_t{cost} * worker.pace, worker.pace};
  }

  DivisionWorkers workers_;
  PerWorker<bool> absent_;
};

TEST(EarliestEnd, AgreesWithASearchWhateverIsAddedAndRemoved) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    DivisionWorkers workers(static_cast<std::int32_t>(1 + random.below(40)));
    const std::uint64_t paces = 1 + random.below(50);  // few: many ties
    for (DivisionWorker& one : workers) {
      one = worker(static_cast<std::uint32_t>(1 + random.below(paces)), random.below(200));
    }
    Costs costs(200);
    for (std::uint32_t& cost : costs) cost = static_cast<std::uint32_t>(random.below(100));
    std::ranges::sort(costs, std::greater<>());
    EarliestEnd earliest(workers, costs.front());
    Search search(workers);
    for (const std::uint32_t cost : costs) {
      const std::optional<WorkerIndex> winner = search.winner(cost);
      ASSERT_EQ(earliest.winner(cost), winner);
      if (!winner) break;
      if (random.below(10) == 0) {
        const auto count = static_cast<std::uint64_t>(workers.size());
        const WorkerIndex any(static_cast<std::int32_t>(random.below(count)));
        earliest.remove(any);
        search.remove(any);
      } else {
        earliest.add_sample(*winner);
        search.add_sample(*winner, cost);
      }
    }
  }
}

}  // namespace
}  // namespace evenkeel

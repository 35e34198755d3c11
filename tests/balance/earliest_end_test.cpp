#include "balance/earliest_end.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
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
  EXPECT_EQ(earliest.winner(100), 1);  // 300 or 120
  EXPECT_EQ(earliest.winner(11), 1);   // 33 or 31
  EXPECT_EQ(earliest.winner(9), 0);    // 27 or 29
}

TEST(EarliestEnd, GivesTiesToTheFasterWorker) {
  const DivisionWorkers workers{worker(3), worker(1, 20)};
  EarliestEnd earliest(workers, 10);
  EXPECT_EQ(earliest.winner(10), 1);  // both at 30
}

TEST(EarliestEnd, GivesTiesOfOneSpeedToTheLowerIndex) {
  const DivisionWorkers workers{worker(2, 5), worker(2), worker(2)};
  EarliestEnd earliest(workers, 10);
  EXPECT_EQ(earliest.winner(10), 1);
  earliest.add_sample(1);
  EXPECT_EQ(earliest.winner(10), 2);
}

TEST(EarliestEnd, HasNoWinnerWhenAllAreRemoved) {
  const DivisionWorkers workers{worker(2), worker(1), worker(4)};
  EarliestEnd earliest(workers, 10);
  earliest.remove(1);
  EXPECT_EQ(earliest.winner(10), 0);
  earliest.remove(0);
  EXPECT_EQ(earliest.winner(10), 2);
  earliest.remove(2);
  EXPECT_EQ(earliest.winner(10), EarliestEnd::none);
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

  std::int32_t winner(std::uint32_t cost) const {
    std::int32_t best = EarliestEnd::none;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const auto index = static_cast<std::int32_t>(i);
      if (!absent_[i] && (best == EarliestEnd::none || rank(index, cost) < rank(best, cost))) {
        best = index;
      }
    }
    return best;
  }
  void add_sample(std::int32_t worker, std::uint32_t cost) {
    DivisionWorker& to = workers_[static_cast<std::size_t>(worker)];
    to.head_start += std::uint64_t{cost} * to.pace;
  }
  void remove(std::int32_t worker) { absent_[static_cast<std::size_t>(worker)] = true; }

 private:
  std::pair<std::uint64_t, std::uint32_t> rank(std::int32_t index, std::uint32_t cost) const {
    const DivisionWorker& worker = workers_[static_cast<std::size_t>(index)];
    return {worker.head_start + std::uint64_t{cost} * worker.pace, worker.pace};
  }

  DivisionWorkers workers_;
  std::vector<bool> absent_;
};

TEST(EarliestEnd, AgreesWithASearchWhateverIsAddedAndRemoved) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    DivisionWorkers workers(1 + random.below(40));
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
      const std::int32_t winner = search.winner(cost);
      ASSERT_EQ(earliest.winner(cost), winner);
      if (winner == EarliestEnd::none) break;
      if (random.below(10) == 0) {
        const auto any = static_cast<std::int32_t>(random.below(workers.size()));
        earliest.remove(any);
        search.remove(any);
      } else {
        earliest.add_sample(winner);
        search.add_sample(winner, cost);
      }
    }
  }
}

}  // namespace
}  // namespace evenkeel

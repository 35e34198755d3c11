#include "coordinator/corrected_costs.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataset/samples.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

// Ten files of ten samples; those of an odd number cost three units a sample, if `unequal`.
Dataset dataset_of_files(bool unequal) {
  std::vector<std::int64_t> samples(10, 10);
  std::vector<double> costs;
  costs.reserve(samples.size());
  for (int i = 0; i < 10; ++i) costs.push_back(i % 2 == 1 && unequal ? 30 : 10);
  return Dataset::cut(manifest_of(samples, costs), 4);
}

EpochOrder order_of(const Dataset& dataset, Shuffle shuffle) {
  OrderOptions options;
  options.shuffle = shuffle;
  return {dataset, options, Epoch(0)};
}

const std::vector<LearnedCost> learned{{3, 20}, {4, 0.5}, {9, 2}};

double factor_of(std::int64_t file) {
  for (const LearnedCost& cost : learned) {
    if (cost.file == file) return cost.factor;
  }
  return 1;
}

TEST(CorrectedCosts, AreNoneUntilSomethingIsLearned) {
  const Dataset dataset = dataset_of_files(true);
  const EpochOrder order = order_of(dataset, Shuffle::none);
  const CorrectedCosts costs;
  EXPECT_TRUE(costs.empty());
  EXPECT_EQ(costs.more(order, interval(0, 100)), 0);
}

// Behind one that costs so much that sums are not exact.
TEST(CorrectedCosts, LeaveSomethingOfWhatIsDeclared) {
  const Dataset dataset = dataset_of_files(false);
  const EpochOrder order = order_of(dataset, Shuffle::none);
  const std::vector<LearnedCost> extremes{{0, 1e18}, {4, 1e-20}};
  const CorrectedCosts costs(order, extremes);
  for (std::int64_t begin = 40; begin < 50; ++begin) {
    const Interval sample = interval(begin, begin + 1);
    EXPECT_GT(order.cost(sample) + costs.more(order, sample), 0);
  }
}

// Sample by sample.
TEST(CorrectedCosts, MultiplyWhatEachFileCosts) {
  for (const Shuffle shuffle : {Shuffle::none, Shuffle::shards}) {
    for (const bool unequal : {false, true}) {
      const Dataset dataset = dataset_of_files(unequal);
      const EpochOrder order = order_of(dataset, shuffle);
      const CorrectedCosts costs(order, learned);
      for (std::int64_t begin = 0; begin <= 100; begin += 3) {
        double sum = 0;
        for (std::int64_t end = begin; end <= 100; ++end) {
          const Interval part = interval(begin, end);
          EXPECT_NEAR(order.cost(part) + costs.more(order, part), sum, 1e-9);
          if (end == 100) break;
          const std::int64_t sample = order.sample_at(Position(end));
          sum += dataset.cost_between(sample, sample + 1) * factor_of(dataset.file_of(sample));
        }
      }
    }
  }
}

TEST(CorrectedCosts, KnowWhereFilesBeginAndEnd) {
  const Dataset dataset = dataset_of_files(true);
  const CorrectedCosts costs(order_of(dataset, Shuffle::none), learned);
  EXPECT_EQ(costs.next_edge(Position(0), Position(100)), Position(30));
  EXPECT_EQ(costs.next_edge(Position(0), Position(20)), Position(20));
  EXPECT_EQ(costs.next_edge(Position(30), Position(100)), Position(40));
  EXPECT_EQ(costs.next_edge(Position(40), Position(100)), Position(50));
  EXPECT_EQ(costs.next_edge(Position(50), Position(100)), Position(90));
  EXPECT_EQ(costs.next_edge(Position(95), Position(100)), Position(100));
}

TEST(CorrectedCosts, SayNothingWhereSamplesArePermuted) {
  const Dataset dataset = dataset_of_files(true);
  const EpochOrder order = order_of(dataset, Shuffle::full);
  EXPECT_TRUE(CorrectedCosts(order, learned).empty());
  EXPECT_FALSE(order.only_file(interval(0, 1)));
}

TEST(CorrectedCosts, PiecesOfOneFileAreKnown) {
  const Dataset dataset = dataset_of_files(false);
  const EpochOrder order = order_of(dataset, Shuffle::none);
  EXPECT_EQ(order.only_file(interval(30, 40)), 3);
  EXPECT_EQ(order.only_file(interval(39, 40)), 3);
  EXPECT_FALSE(order.only_file(interval(39, 41)));
  const EpochOrder shuffled = order_of(dataset, Shuffle::shards);
  for (std::int64_t place = 0; place < 100; ++place) {
    EXPECT_EQ(shuffled.only_file(interval(place, place + 1)),
              dataset.file_of(shuffled.sample_at(Position(place))));
  }
}

}  // namespace
}  // namespace evenkeel

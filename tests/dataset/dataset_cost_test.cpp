#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/random.h"
#include "dataset/dataset.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

TEST(DatasetCost, IsUniformWithoutCosts) {
  const Dataset dataset = Dataset::cut(manifest_of({3, 4}), 2);
  EXPECT_TRUE(dataset.uniform_cost());
  EXPECT_EQ(dataset.cost(), 7);
  EXPECT_EQ(dataset.cost_between(2, 5), 3);
  EXPECT_EQ(dataset.cost_between(5, 5), 0);
}

TEST(DatasetCost, IsUniformWhenSamplesOfAllFilesCostTheSame) {
  const Dataset dataset = Dataset::cut(manifest_of({2, 6}, {1, 3}), 2);
  EXPECT_TRUE(dataset.uniform_cost());
  EXPECT_EQ(dataset.cost_between(1, 4), 1.5);
}

TEST(DatasetCost, IsUniformWhenAllSamplesCostTheSame) {
  const Dataset dataset = Dataset::cut(manifest_of_sample_costs({6, 6, 6}, 0.5), 2);
  EXPECT_TRUE(dataset.uniform_cost());
  EXPECT_EQ(dataset.cost(), 9);
  EXPECT_EQ(dataset.cost_between(1, 3), 6);
}

// 0.1 has no exact value: sums of it drift, products do not.
TEST(DatasetCost, IsCountTimesUnitWhenUniform) {
  const Dataset dataset = Dataset::cut(
      manifest_of(std::vector<std::int64_t>(1000, 1), std::vector<double>(1000, 0.1)), 8);
  EXPECT_EQ(dataset.cost(), 1000 * 0.1);
  EXPECT_EQ(dataset.cost_between(13, 713), 700 * 0.1);
}

TEST(DatasetCost, IsSharedEquallyByTheSamplesOfAFile) {
  const Dataset dataset = Dataset::cut(manifest_of({2, 4, 1}, {6, 4, 10}), 4);
  EXPECT_FALSE(dataset.uniform_cost());
  EXPECT_EQ(dataset.cost(), 20);
  EXPECT_EQ(dataset.cost_between(0, 1), 3);
  EXPECT_EQ(dataset.cost_between(2, 4), 2);
  EXPECT_EQ(dataset.cost_between(1, 7), 17);
  EXPECT_EQ(dataset.cost_between(4, 4), 0);
}

TEST(DatasetCost, IsEachSamplesOwn) {
  const Dataset dataset = Dataset::cut(manifest_of_sample_costs({5, 1, 8}, 0.5), 2);
  EXPECT_FALSE(dataset.uniform_cost());
  EXPECT_EQ(dataset.cost(), 7);
  EXPECT_EQ(dataset.cost_between(0, 1), 2.5);
  EXPECT_EQ(dataset.cost_between(1, 3), 4.5);
}

TEST(DatasetCost, AgreesWithASumOverSamples) {
  Random random(3);
  for (const CostKind kind : {CostKind::uniform, CostKind::by_file, CostKind::by_sample}) {
    for (int round = 0; round < 20; ++round) {
      const Dataset dataset = random_dataset(random, kind, 40, 30, 16);
      std::vector<double> before{0};
      for (std::int64_t sample = 0; sample < dataset.samples(); ++sample) {
        before.push_back(before.back() + dataset.cost_between(sample, sample + 1));
      }
      EXPECT_NEAR(dataset.cost(), before.back(), 1e-6);
      for (int draw = 0; draw < 200; ++draw) {
        const std::size_t a = random.below(before.size());
        const std::size_t b = random.below(before.size());
        const auto [begin, end] = std::minmax(a, b);
        EXPECT_NEAR(
            dataset.cost_between(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)),
            before[end] - before[begin], 1e-6);
      }
    }
  }
}

TEST(DatasetCost, IsTheSameWithinAShard) {
  Random random(4);
  for (const CostKind kind : {CostKind::uniform, CostKind::by_file, CostKind::by_sample}) {
    const Dataset dataset = random_dataset(random, kind, 60, 40, 32);
    for (std::int64_t shard = 0; shard < dataset.shards(); ++shard) {
      for (std::int64_t begin = dataset.shard_begin(shard); begin < dataset.shard_begin(shard + 1);
           ++begin) {
        for (std::int64_t end = begin; end <= dataset.shard_begin(shard + 1); ++end) {
          ASSERT_EQ(dataset.cost_within_shard(shard, begin, end), dataset.cost_between(begin, end));
        }
      }
    }
  }
}

TEST(DatasetCost, NamesTheMostExpensiveSamples) {
  Random random(5);
  for (const CostKind kind : {CostKind::uniform, CostKind::by_file, CostKind::by_sample}) {
    const Dataset dataset = random_dataset(random, kind, 20, 10, 16);
    std::vector<double> costs;
    for (std::int64_t sample = 0; sample < dataset.samples(); ++sample) {
      costs.push_back(dataset.cost_between(sample, sample + 1));
    }
    std::sort(costs.begin(), costs.end(), std::greater<>());
    for (const std::int64_t count : {0, 1, 2, 7, 50}) {
      const std::vector<double> largest(costs.begin(), costs.begin() + count);
      EXPECT_EQ(dataset.largest_sample_costs(count), largest);
    }
    EXPECT_EQ(dataset.largest_sample_costs(1'000'000), costs);
  }
}

TEST(DatasetCost, NamesAFewOfManySamplesAtOnce) {
  const Dataset dataset = Dataset::cut(
      manifest_of({1'000'000'000'000, 3, 1'000'000'000'000}, {1e12, 6, 1e12}), 1 << 20);
  EXPECT_EQ(dataset.largest_sample_costs(5), (std::vector<double>{2, 2, 2, 1, 1}));
}

TEST(DatasetDeathTest, HasACostForEachSampleOrForNone) {
  Manifest manifest = manifest_of({3});
  manifest.sample_cost = {1, 1};
  manifest.sample_cost_scale = 1;
  EXPECT_DEATH(Dataset::cut(manifest, 4), "check failed");
}

TEST(DatasetDeathTest, HasNoCostOutsideItsSamples) {
  const Dataset dataset = Dataset::cut(manifest_of({3, 4}, {1, 2}), 4);
  EXPECT_DEATH(dataset.cost_between(0, 8), "check failed");
  EXPECT_DEATH(dataset.cost_between(-1, 2), "check failed");
  EXPECT_DEATH(dataset.cost_within_shard(0, 0, 5), "check failed");
}

}  // namespace
}  // namespace evenkeel

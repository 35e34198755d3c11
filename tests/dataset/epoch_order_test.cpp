#include "dataset/epoch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/random.h"
#include "dataset/samples.h"
#include "dataset/shard_line.h"

namespace evenkeel {
namespace {

constexpr Shuffle all_shuffles[] = {Shuffle::none, Shuffle::shards, Shuffle::block, Shuffle::full};
constexpr CostKind all_costs[] = {CostKind::uniform, CostKind::by_file, CostKind::by_sample};

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

std::vector<std::int64_t> samples(const EpochOrder& order) {
  std::vector<std::int64_t> samples;
  for (std::int64_t position = 0; position < order.samples(); ++position) {
    samples.push_back(order.sample_at(Position(position)));
  }
  return samples;
}

// What a reader would read.
std::vector<std::int64_t> samples(const Dataset& dataset, const std::vector<Extent>& extents) {
  std::vector<std::int64_t> samples;
  for (const Extent& extent : extents) {
    EXPECT_LE(extent.first + extent.count, dataset.file_samples(extent.file));
    for (std::int64_t i = 0; i < extent.count; ++i) {
      samples.push_back(dataset.file_begin(extent.file) + extent.first + i);
    }
  }
  return samples;
}

double summed_cost(const Dataset& dataset, const EpochOrder& order, Interval interval) {
  double sum = 0;
  for (Position p = interval.begin; p < interval.end; p = p + 1) {
    const std::int64_t sample = order.sample_at(p);
    sum += dataset.cost_between(sample, sample + 1);
  }
  return sum;
}

Interval random_interval(Random& random, std::int64_t samples) {
  const auto bound = static_cast<std::uint64_t>(samples) + 1;
  const auto a = static_cast<std::int64_t>(random.below(bound));
  const auto b = static_cast<std::int64_t>(random.below(bound));
  return interval(std::min(a, b), std::max(a, b));
}

// Files of 6, 2, 3, 4 and 1 samples in shards of up to 4: [0, 4) [4, 6) [6, 8) [8, 11) [11, 15)
// [15, 16). Golden: a change of these numbers changes the meaning of every saved run.
class GoldenOrder : public testing::Test {
 protected:
  std::vector<std::int64_t> order(Shuffle shuffle) const {
    const OrderOptions options{.shuffle = shuffle, .seed = 7, .shuffle_block = 5};
    return samples(EpochOrder(dataset_, options, Epoch(2)));
  }

  Dataset dataset_ = Dataset::cut(manifest_of({6, 2, 3, 4, 1}), 4);
};

TEST_F(GoldenOrder, IsOfTheDatasetWithoutShuffle) {
  EXPECT_EQ(order(Shuffle::none),
            (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
}

TEST_F(GoldenOrder, IsOfWholeShards) {
  EXPECT_EQ(order(Shuffle::shards),
            (std::vector<std::int64_t>{4, 5, 6, 7, 15, 0, 1, 2, 3, 11, 12, 13, 14, 8, 9, 10}));
}

TEST_F(GoldenOrder, IsMixedWithinBlocks) {
  EXPECT_EQ(order(Shuffle::block),
            (std::vector<std::int64_t>{15, 7, 6, 4, 5, 1, 0, 3, 2, 11, 12, 13, 9, 14, 8, 10}));
}

TEST_F(GoldenOrder, IsFullyMixed) {
  EXPECT_EQ(order(Shuffle::full),
            (std::vector<std::int64_t>{0, 14, 2, 11, 8, 9, 4, 6, 10, 13, 12, 15, 1, 7, 5, 3}));
}

// Whatever is drawn ahead, and however much: the numbers above have few shards.
TEST(ShardLine, IsInTheOrderOfFisherAndYates) {
  for (const std::size_t shards : {1U, 2U, 31U, 32U, 33U, 34U, 64U, 65U, 66U, 1000U}) {
    const Dataset dataset = Dataset::cut(manifest_of(std::vector<std::int64_t>(shards, 1)), 1);
    std::vector<std::int64_t> expected(shards);
    std::iota(expected.begin(), expected.end(), 0);
    Random random(9);
    for (std::size_t left = shards; left > 1; --left) {
      std::swap(expected[left - 1], expected[random.below(left)]);
    }
    const ShardLine line(dataset, 9);
    for (std::size_t i = 0; i < shards; ++i) {
      ASSERT_EQ(line.sample_at(static_cast<std::int64_t>(i)), expected[i]) << i << " of " << shards;
    }
  }
}

TEST(EpochOrder, HasEachSampleOnce) {
  const std::vector<std::vector<std::int64_t>> datasets{
      {1}, {2}, {1, 1, 1}, {7}, {97}, {3, 50, 1, 1, 200, 13}, {64, 64, 64}};
  for (const auto& files : datasets) {
    const Dataset dataset = Dataset::cut(manifest_of(files), 16);
    for (const Shuffle shuffle : all_shuffles) {
      for (const std::int64_t block : {1, 2, 13, 64, 1000}) {
        const OrderOptions options{.shuffle = shuffle, .seed = 5, .shuffle_block = block};
        std::vector<std::int64_t> seen = samples(EpochOrder(dataset, options, Epoch(0)));
        ASSERT_EQ(std::ssize(seen), dataset.samples());
        std::sort(seen.begin(), seen.end());
        for (std::size_t i = 0; i < seen.size(); ++i) {
          ASSERT_EQ(seen[i], static_cast<std::int64_t>(i));
        }
      }
    }
  }
}

TEST(EpochOrder, KeepsShardsTogetherUnlessSamplesArePermuted) {
  const Dataset dataset = Dataset::cut(manifest_of({100, 3, 5, 40}), 16);
  const std::vector<std::int64_t> order =
      samples(EpochOrder(dataset, {.shuffle = Shuffle::shards}, Epoch(0)));
  for (std::size_t position = 0; position < order.size();) {
    std::int64_t shard = 0;
    while (dataset.shard_begin(shard + 1) <= order[position]) ++shard;
    for (std::int64_t sample = dataset.shard_begin(shard); sample < dataset.shard_begin(shard + 1);
         ++sample) {
      ASSERT_EQ(order[position++], sample);
    }
  }
}

TEST(EpochOrder, PermutesSamplesOnlyWithinBlocks) {
  const Dataset dataset = Dataset::cut(manifest_of({100, 3, 5, 40}), 16);
  constexpr std::int64_t block = 30;
  std::vector<std::int64_t> line =
      samples(EpochOrder(dataset, {.shuffle = Shuffle::shards, .seed = 4}, Epoch(1)));
  std::vector<std::int64_t> blocks = samples(EpochOrder(
      dataset, {.shuffle = Shuffle::block, .seed = 4, .shuffle_block = block}, Epoch(1)));
  EXPECT_NE(line, blocks);
  for (std::int64_t begin = 0; begin < dataset.samples(); begin += block) {
    const std::int64_t end = std::min(begin + block, dataset.samples());
    std::sort(line.begin() + begin, line.begin() + end);
    std::sort(blocks.begin() + begin, blocks.begin() + end);
  }
  EXPECT_EQ(line, blocks);
}

TEST(EpochOrder, ShufflesEachBlockInItsOwnWay) {
  const Dataset dataset = Dataset::cut(manifest_of({200}), 200);
  const std::vector<std::int64_t> order =
      samples(EpochOrder(dataset, {.shuffle = Shuffle::block, .shuffle_block = 100}, Epoch(0)));
  std::vector<std::int64_t> second(order.begin() + 100, order.end());
  for (std::int64_t& sample : second) sample -= 100;
  EXPECT_NE(std::vector<std::int64_t>(order.begin(), order.begin() + 100), second);
}

TEST(EpochOrder, DependsOnSeedAndEpoch) {
  const Dataset dataset = Dataset::cut(manifest_of({500, 500}), 16);
  for (const Shuffle shuffle : {Shuffle::shards, Shuffle::block, Shuffle::full}) {
    const auto order = [&](std::uint64_t seed, std::int32_t epoch) {
      return samples(EpochOrder(dataset, {.shuffle = shuffle, .seed = seed}, Epoch(epoch)));
    };
    EXPECT_EQ(order(1, 2), order(1, 2));
    EXPECT_NE(order(1, 2), order(2, 2));
    EXPECT_NE(order(1, 2), order(1, 3));
    EXPECT_NE(order(1, 2), order(2, 1));
  }
}

TEST(EpochOrder, DependsOnTheDatasetAlone) {
  const Dataset dataset = Dataset::cut(manifest_of({500, 3, 500}, {1, 2, 3}), 16);
  const Dataset unpacked = Dataset::unpack(dataset.packed(), nullptr);
  for (const Shuffle shuffle : all_shuffles) {
    const OrderOptions options{.shuffle = shuffle, .shuffle_block = 100};
    EXPECT_EQ(samples(EpochOrder(dataset, options, Epoch(1))),
              samples(EpochOrder(unpacked, options, Epoch(1))));
  }
}

TEST(EpochOrder, KnowsTheTrueCostOfAnyInterval) {
  Random random(21);
  for (const CostKind kind : all_costs) {
    const Dataset dataset = random_dataset(random, kind, 30, 40, 16);
    for (const Shuffle shuffle : all_shuffles) {
      const EpochOrder order(dataset, {.shuffle = shuffle, .shuffle_block = 50}, Epoch(0));
      EXPECT_NEAR(order.true_cost(interval(0, order.samples())), dataset.cost(), 1e-6);
      for (int round = 0; round < 100; ++round) {
        const Interval drawn = random_interval(random, order.samples());
        EXPECT_NEAR(order.true_cost(drawn), summed_cost(dataset, order, drawn), 1e-6);
      }
    }
  }
}

TEST(EpochOrder, ExpectsTheTrueCostWhereSamplesAreNotPermuted) {
  Random random(22);
  for (const CostKind kind : all_costs) {
    const Dataset dataset = random_dataset(random, kind, 30, 40, 16);
    for (const Shuffle shuffle : {Shuffle::none, Shuffle::shards}) {
      const EpochOrder order(dataset, {.shuffle = shuffle}, Epoch(0));
      for (int round = 0; round < 100; ++round) {
        const Interval drawn = random_interval(random, order.samples());
        EXPECT_EQ(order.cost(drawn), order.true_cost(drawn));
      }
    }
  }
}

TEST(EpochOrder, ExpectsTheTrueCostBetweenEndsOfBlocks) {
  Random random(23);
  constexpr std::int64_t block = 50;
  for (const CostKind kind : all_costs) {
    const Dataset dataset = random_dataset(random, kind, 30, 40, 16);
    const EpochOrder order(dataset, {.shuffle = Shuffle::block, .shuffle_block = block}, Epoch(0));
    for (std::int64_t begin = 0; begin < order.samples(); begin += block) {
      for (std::int64_t end = begin; end < order.samples() + block; end += block) {
        const Interval blocks = interval(begin, std::min(end, order.samples()));
        EXPECT_NEAR(order.cost(blocks), summed_cost(dataset, order, blocks), 1e-6);
      }
    }
  }
}

TEST(EpochOrder, ExpectsTheMeanCostOfTheBlockWithinIt) {
  const Dataset dataset = Dataset::cut(manifest_of({4, 4, 2}, {4, 12, 20}), 10);
  const EpochOrder order(dataset, {.shuffle = Shuffle::block, .shuffle_block = 4}, Epoch(0));
  EXPECT_EQ(order.cost(interval(0, 1)), 1);
  EXPECT_EQ(order.cost(interval(4, 6)), 6);
  EXPECT_EQ(order.cost(interval(9, 10)), 10);
  EXPECT_EQ(order.cost(interval(3, 5)), 1 + 3);
  EXPECT_EQ(order.cost(interval(2, 9)), 2 + 12 + 10);
}

TEST(EpochOrder, ExpectsTheMeanCostOfAllUnderFullShuffle) {
  const Dataset dataset = Dataset::cut(manifest_of({4, 4, 2}, {4, 12, 20}), 4);
  const EpochOrder order(dataset, {.shuffle = Shuffle::full}, Epoch(0));
  EXPECT_DOUBLE_EQ(order.cost(interval(3, 8)), 18);
  EXPECT_EQ(order.cost(interval(0, 10)), 36);
}

TEST(EpochOrder, HasNoCostForAnEmptyInterval) {
  Random random(24);
  for (const CostKind kind : all_costs) {
    const Dataset dataset = random_dataset(random, kind, 5, 10, 16);
    for (const Shuffle shuffle : all_shuffles) {
      const EpochOrder order(dataset, {.shuffle = shuffle}, Epoch(0));
      for (const std::int64_t place : {std::int64_t{0}, order.samples()}) {
        EXPECT_EQ(order.cost(interval(place, place)), 0);
        EXPECT_EQ(order.true_cost(interval(place, place)), 0);
      }
    }
  }
}

TEST(EpochOrder, GivesReadersTheSamplesInItsOrder) {
  Random random(25);
  for (int round = 0; round < 20; ++round) {
    const Dataset dataset = random_dataset(random, CostKind::uniform, 20, 40, 16);
    for (const Shuffle shuffle : all_shuffles) {
      const EpochOrder order(dataset, {.shuffle = shuffle, .shuffle_block = 50}, Epoch(0));
      const std::vector<std::int64_t> all = samples(order);
      const Interval drawn = random_interval(random, order.samples());
      std::vector<Extent> extents;
      order.extents(drawn, extents);
      EXPECT_EQ(samples(dataset, extents),
                std::vector<std::int64_t>(all.begin() + drawn.begin.value(),
                                          all.begin() + drawn.end.value()));
      for (std::size_t i = 1; i < extents.size(); ++i) {
        EXPECT_FALSE(extents[i].file == extents[i - 1].file &&
                     extents[i].first == extents[i - 1].first + extents[i - 1].count)
            << "neighbours are not merged";
      }
    }
  }
}

TEST(EpochOrder, GivesReadersWholeFilesAtOnce) {
  const Dataset dataset = Dataset::cut(manifest_of({5, 2, 9}), 4);
  const EpochOrder order(dataset, {.shuffle = Shuffle::none}, Epoch(0));
  std::vector<Extent> extents;
  order.extents(interval(3, 14), extents);
  EXPECT_EQ(extents, (std::vector<Extent>{{0, 3, 2}, {1, 0, 2}, {2, 0, 7}}));
}

TEST(EpochOrder, AppendsExtentsAndLeavesThoseBeforeAlone) {
  const Dataset dataset = Dataset::cut(manifest_of({10}), 4);
  const EpochOrder order(dataset, {.shuffle = Shuffle::none}, Epoch(0));
  std::vector<Extent> extents;
  order.extents(interval(0, 3), extents);
  order.extents(interval(3, 3), extents);
  order.extents(interval(3, 5), extents);
  EXPECT_EQ(extents, (std::vector<Extent>{{0, 0, 3}, {0, 3, 2}}));
}

// A billion shards' worth of samples: nothing may take time or memory for each of them.
TEST(EpochOrder, TakesNoMemoryForEachSample) {
  constexpr std::int64_t samples = 1'000'000'000'000'000;
  const Dataset dataset = Dataset::cut(manifest_of({samples, samples}, {1e15, 3e15}), samples / 4);
  for (const Shuffle shuffle : all_shuffles) {
    const EpochOrder order(dataset, {.shuffle = shuffle}, Epoch(0));
    EXPECT_LT(order.sample_at(Position(samples + 1)), 2 * samples);
    EXPECT_EQ(order.cost(interval(0, 2 * samples)), 4e15);
    std::vector<Extent> extents;
    if (shuffle == Shuffle::none || shuffle == Shuffle::shards) {
      order.extents(interval(1, 2 * samples), extents);
      EXPECT_LE(extents.size(), 8U);
    }
  }
}

TEST(EpochOrderDeathTest, EndsWithItsSamples) {
  const Dataset dataset = Dataset::cut(manifest_of({3}), 4);
  const EpochOrder order(dataset, {}, Epoch(0));
  EXPECT_DEATH(static_cast<void>(order.sample_at(Position(3))), "check failed");
  EXPECT_DEATH(static_cast<void>(order.sample_at(Position(-1))), "check failed");
  EXPECT_DEATH(static_cast<void>(order.cost(interval(0, 4))), "check failed");
  std::vector<Extent> extents;
  EXPECT_DEATH(order.extents(interval(2, 4), extents), "check failed");
}

TEST(EpochOrderDeathTest, HasBlocksOfAtLeastOnePosition) {
  const Dataset dataset = Dataset::cut(manifest_of({3}), 4);
  const OrderOptions options{.shuffle = Shuffle::block, .shuffle_block = 0};
  EXPECT_DEATH(EpochOrder(dataset, options, Epoch(0)), "check failed");
}

}  // namespace
}  // namespace evenkeel

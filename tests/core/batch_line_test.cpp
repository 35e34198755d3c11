#include "core/batch_line.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

// 23 samples in batches of 10, by twos: two whole batches and one of three samples.
BatchLine ragged() { return {.samples = 23, .global_batch = 10, .micro_batch = 2, .steps = 7}; }

BatchLine dropping() {
  BatchLine line = ragged();
  line.keeps_last = false;
  return line;
}

TEST(BatchLine, CutsAnEpochIntoBatches) {
  const BatchLine line = ragged();
  EXPECT_EQ(line.steps_an_epoch(), 3);
  EXPECT_EQ(line.batch(0), interval(0, 10));
  EXPECT_EQ(line.batch(1), interval(10, 20));
  EXPECT_EQ(line.batch(2), interval(20, 23));
  EXPECT_EQ(line.micro_batches(), 5);
}

TEST(BatchLine, BeginsEveryEpochAtItsFirstSample) {
  const BatchLine line = ragged();
  EXPECT_EQ(line.pass(2), pass_of(0));
  EXPECT_EQ(line.pass(3), pass_of(1));
  EXPECT_EQ(line.batch(3), interval(0, 10));
  EXPECT_EQ(line.pass(6), pass_of(2));
}

TEST(BatchLine, HasNoPartialBatchIfItDividesTheSamples) {
  const BatchLine line{.samples = 20, .global_batch = 10, .steps = 4};
  EXPECT_EQ(line.steps_an_epoch(), 2);
  EXPECT_EQ(line.batch(1), interval(10, 20));
  EXPECT_EQ(line.pass(2), pass_of(1));
}

TEST(BatchLine, DropsAPartialBatchIfItIsNotKept) {
  const BatchLine line = dropping();
  EXPECT_EQ(line.steps_an_epoch(), 2);
  EXPECT_EQ(line.batch(1), interval(10, 20));
  EXPECT_EQ(line.batch(2), interval(0, 10));
  EXPECT_EQ(line.pass(2), pass_of(1));
}

TEST(BatchLine, CountsTheSamplesOfTheFirstSteps) {
  const std::vector<std::int64_t> kept{0, 10, 20, 23, 33, 43, 46, 56};
  const std::vector<std::int64_t> dropped{0, 10, 20, 30, 40, 50, 60, 70};
  for (std::size_t steps = 0; steps < kept.size(); ++steps) {
    EXPECT_EQ(ragged().samples_in(static_cast<std::int64_t>(steps)), kept[steps]);
    EXPECT_EQ(dropping().samples_in(static_cast<std::int64_t>(steps)), dropped[steps]);
  }
}

TEST(BatchLine, GivesAPartOfAWholeBatchInMicroBatches) {
  const BatchLine line = ragged();
  EXPECT_EQ(line.part(line.batch(1), 0, 2), interval(10, 14));
  EXPECT_EQ(line.part(line.batch(1), 2, 3), interval(14, 20));
  EXPECT_TRUE(line.part(line.batch(1), 2, 0).empty());
}

TEST(BatchLine, DividesABatchThatIsCutShortInTheSameProportions) {
  // Fifty micro-batches of four samples, of which the last batch has 25 and a half.
  const BatchLine line{.samples = 302, .global_batch = 200, .micro_batch = 4, .steps = 2};
  ASSERT_EQ(line.batch(1), interval(200, 302));
  EXPECT_EQ(line.part(line.batch(1), 0, 10), interval(200, 220));
  EXPECT_EQ(line.part(line.batch(1), 10, 30), interval(220, 280));
  EXPECT_EQ(line.part(line.batch(1), 40, 10), interval(280, 302));
}

// Any line, and any counts that sum to a batch's micro-batches: some workers have none.
struct RandomDivision {
  explicit RandomDivision(Random& random) {
    const auto up_to = [&](std::int64_t most) {
      return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most)));
    };
    line.micro_batch = up_to(7);
    line.global_batch = line.micro_batch * up_to(60);
    line.samples = line.global_batch + up_to(4 * line.global_batch);
    line.steps = line.steps_an_epoch() + 1;
    counts.assign(static_cast<std::size_t>(up_to(9)), 0);
    for (std::int64_t i = 0; i < line.micro_batches(); ++i) ++counts[random.below(counts.size())];
  }

  BatchLine line;
  std::vector<std::int64_t> counts;
};

TEST(BatchLine, PartsTileEveryBatch) {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    const RandomDivision division(random);
    for (std::int64_t step = 0; step < division.line.steps; ++step) {
      const Interval batch = division.line.batch(step);
      std::int64_t before = 0;
      Position next = batch.begin;
      for (const std::int64_t count : division.counts) {
        const Interval part = division.line.part(batch, before, count);
        ASSERT_EQ(part.begin, next) << "round " << round << ", step " << step;
        ASSERT_LE(part.begin, part.end) << "round " << round << ", step " << step;
        next = part.end;
        before += count;
      }
      ASSERT_EQ(next, batch.end) << "round " << round << ", step " << step;
    }
  }
}

TEST(BatchLine, GivesNobodyMoreOfAPartialBatchThanOfAWholeOne) {
  Random random(2);
  int cut_short = 0;
  for (int round = 0; round < 3000; ++round) {
    const RandomDivision division(random);
    const BatchLine& line = division.line;
    const Interval last = line.batch(line.steps_an_epoch() - 1);
    cut_short += last.samples() < line.global_batch ? 1 : 0;
    std::int64_t before = 0;
    for (const std::int64_t count : division.counts) {
      ASSERT_LE(line.part(last, before, count).samples(), count * line.micro_batch)
          << "round " << round;
      before += count;
    }
  }
  EXPECT_GT(cut_short, 2000);
}

TEST(BatchLine, GivesPartsOfAPartialBatchInMicroBatchesButForTheLast) {
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    const RandomDivision division(random);
    const BatchLine& line = division.line;
    const Interval last = line.batch(line.steps_an_epoch() - 1);
    std::int64_t before = 0;
    for (const std::int64_t count : division.counts) {
      const Interval part = line.part(last, before, count);
      ASSERT_TRUE(part.end == last.end || part.samples() % line.micro_batch == 0)
          << "round " << round;
      before += count;
    }
  }
}

TEST(BatchLine, SamplesOfTheFirstStepsAreThoseOfTheirBatches) {
  Random random(4);
  for (int round = 0; round < 1000; ++round) {
    BatchLine line = RandomDivision(random).line;
    line.keeps_last = random.below(2) == 0;
    std::int64_t samples = 0;
    for (std::int64_t step = 0; step < 12; ++step) {
      ASSERT_EQ(line.samples_in(step), samples) << "round " << round << ", step " << step;
      samples += line.batch(step).samples();
    }
  }
}

}  // namespace
}  // namespace evenkeel

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "balance/served_job.h"

namespace evenkeel {
namespace {

using Given = ServedJob::Given;
using Sequence = std::vector<std::int64_t>;

// The chunks in steps, where workers ask one after the other, in a circle.
Sequence sequence(const PolicyOptions& options, int workers, std::int64_t steps) {
  ServedJob job(options, workers, steps);
  Sequence chunks;
  for (std::int64_t left = steps; left > 0; left -= chunks.back()) {
    const int worker = static_cast<int>(chunks.size()) % workers;
    job.ask(worker);
    const auto [served, chunk] = job.serve();
    EXPECT_EQ(served, worker);
    chunks.push_back(chunk);
    job.finish(worker);
  }
  return chunks;
}

Sequence sequence(PolicyKind kind, int workers, std::int64_t steps) {
  return sequence(only(kind), workers, steps);
}

// The sequences for 1000 iterations and 4 processors that the literature prints, as in Chronopoulos
// et al., "A class of loop self-scheduling for heterogeneous clusters" (2001).

TEST(GuidedPolicy, GivesOnePthOfTheRest) {
  EXPECT_EQ(
      sequence(PolicyKind::gss, 4, 1000),
      (Sequence{250, 188, 141, 106, 79, 59, 45, 33, 25, 19, 14, 11, 8, 6, 4, 3, 3, 2, 1, 1, 1, 1}));
}

TEST(TrapezoidPolicy, ShrinksByTheSameEachTime) {
  // f = 125, n = ⌈2000/126⌉ = 16, 124/15 = 8.3 is rounded down; the last is what is left.
  EXPECT_EQ(sequence(PolicyKind::tss, 4, 1000),
            (Sequence{125, 117, 109, 101, 93, 85, 77, 69, 61, 53, 45, 37, 28}));
}

TEST(FactoringPolicy, HalvesFromBatchToBatch) {
  // ⌈1000/8⌉, ⌈500/8⌉, ⌈248/8⌉, ⌈124/8⌉, ⌈60/8⌉, ⌈28/8⌉, ⌈12/8⌉, ⌈4/8⌉
  EXPECT_EQ(sequence(PolicyKind::fac2, 4, 1000),
            (Sequence{125, 125, 125, 125, 63, 63, 63, 63, 31, 31, 31, 31, 16, 16, 16, 16,
                      8,   8,   8,   8,   4,  4,  4,  4,  2,  2,  2,  2,  1,  1,  1,  1}));
}

TEST(TrapezoidPolicy, ShrinksAlsoWhereItIsByLessThanAStepEachTime) {
  // f = 5, n = ⌈200/6⌉ = 34, and by 4/33 each: 5, 4.88, 4.76, ...
  EXPECT_EQ(sequence(PolicyKind::tss, 10, 100),
            (Sequence{5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3,
                      3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1}));
}

TEST(TrapezoidPolicy, BeginsAnewWhereThereIsMoreThanBefore) {
  ServedJob job(only(PolicyKind::tss), 2, 100);
  const auto next = [&job] {
    job.ask(0);
    return job.serve();
  };
  EXPECT_EQ(next(), Given(0, 25));  // n = ⌈200/26⌉ = 8, 24/7 = 3.4
  EXPECT_EQ(next(), Given(0, 22));
  EXPECT_EQ(next(), Given(0, 19));
  job.set_free(60, pass_of(1));
  EXPECT_EQ(next(), Given(0, 15));  // ⌈60/4⌉, n = ⌈120/16⌉ = 8, 14/7 = 2
  EXPECT_EQ(next(), Given(0, 13));
}

TEST(TrapezoidPolicy, GivesSingleStepsWhereThereAreFew) {
  EXPECT_EQ(sequence(PolicyKind::tss, 4, 3), (Sequence{1, 1, 1}));
  EXPECT_EQ(sequence(PolicyKind::tss, 1, 1), (Sequence{1}));
}

TEST(WeightedFactoringPolicy, GivesFactoringsChunkTimesTheWeight) {
  // Weights of mean 1: ½, ½, 1, 2. ⌈960/8⌉ = 120, then ⌈480/8⌉ = 60, 30, ⌈120/8⌉ = 15: there 8, 8,
  // 15, and what is left of 60.
  Sequence chunks = sequence({PolicyKind::wf, {1, 1, 2, 4}, 0}, 4, 960);
  EXPECT_EQ(std::accumulate(chunks.begin(), chunks.end(), std::int64_t{0}), 960);
  chunks.resize(16);
  EXPECT_EQ(chunks, (Sequence{60, 60, 120, 240, 30, 30, 60, 120, 15, 15, 30, 60, 8, 8, 15, 29}));
}

TEST(WeightedFactoringPolicy, IsFactoringWithoutWeights) {
  EXPECT_EQ(sequence(PolicyKind::wf, 4, 1000), sequence(PolicyKind::fac2, 4, 1000));
}

TEST(WeightedFactoringPolicy, EndsABatchWithItsLastStepWhoeverAsks) {
  ServedJob job({PolicyKind::wf, {1, 3}, 0}, 2, 80);
  const auto next = [&job] {
    job.ask(1);
    return job.serve();
  };
  EXPECT_EQ(next(), Given(1, 30));  // 1.5 × ⌈80/4⌉
  EXPECT_EQ(next(), Given(1, 10));  // the rest of 40
  EXPECT_EQ(next(), Given(1, 15));  // 1.5 × ⌈40/4⌉
}

TEST(WeightedFactoringPolicy, WeighsAgainstTheLiving) {
  ServedJob job({PolicyKind::wf, {6, 1, 2}, 0}, 3, 400);
  job.lose(0);
  job.ask(1);
  job.ask(2);
  EXPECT_EQ(job.serve(), Given(1, 67));   // ⅔ × ⌈400/4⌉ = 66.7
  EXPECT_EQ(job.serve(), Given(2, 133));  // 1⅓ × 100 = 133.3
  job.come_back(0);
  EXPECT_EQ(job.serve(), Given(0, 68));  // of the new batch, 3 × ⌈200/6⌉ = 102, 2 × 34
}

TEST(ChunkPolicy, CountsInSteps) {
  ServedJob job(only(PolicyKind::gss), 4, 1005, 10);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 260));  // ⌈101/4⌉ = 26 steps
}

TEST(ChunkPolicy, CountsTheLivingOnly) {
  for (const PolicyKind kind : {PolicyKind::gss, PolicyKind::fac2, PolicyKind::tss}) {
    ServedJob job(only(kind), 4, 900);
    job.lose(2);
    job.ask(2);
    EXPECT_EQ(job.serve(), ServedJob::nobody);
    job.ask(1);
    EXPECT_EQ(job.serve(), Given(1, kind == PolicyKind::gss ? 300 : 150));
  }
}

}  // namespace
}  // namespace evenkeel

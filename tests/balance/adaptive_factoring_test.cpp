#include <gtest/gtest.h>

#include "balance/served_job.h"
#include "core/option_values.h"

namespace evenkeel {
namespace {

using Given = ServedJob::Given;

// Two workers that ask first, one after the other.
struct Pair : ServedJob {
  Pair(PolicyKind kind, std::int64_t steps) : ServedJob(only(kind), 2, steps) {}

  Given next(int worker) {
    ask(worker);
    return serve();
  }
};

TEST(BatchAwfPolicy, WeighsByTheTimesOfAllChunksTheLaterOnesMore) {
  Pair job(PolicyKind::awf_b, 96);
  EXPECT_EQ(job.next(0), Given(0, 24));  // ⌈96/4⌉, as in factoring
  EXPECT_EQ(job.next(1), Given(1, 24));
  job.report(0, 24, 24);
  job.report(1, 24, 72);
  job.ask(0);
  job.ask(1);
  // π = 1 and 3: weights 1.5 and 0.5, of ⌈48/4⌉ = 12.
  EXPECT_EQ(job.serve(), Given(0, 18));
  EXPECT_EQ(job.serve(), Given(1, 6));
  job.report(0, 18, 54);
  job.report(1, 6, 6);
  job.ask(0);
  job.ask(1);
  // π = (1·24 + 2·54) / (1·24 + 2·18) = 2.2 and (1·72 + 2·6) / (1·24 + 2·6) = 2.333: weights 1.03
  // and 0.97, of ⌈24/4⌉ = 6. All chunks alike would give 7 and 5, the last alone 3 and 9.
  EXPECT_EQ(job.serve(), Given(0, 6));
  EXPECT_EQ(job.serve(), Given(1, 6));
}

TEST(BatchAwfPolicy, KeepsTheWeightsThroughABatch) {
  Pair job(PolicyKind::awf_b, 96);
  job.next(0);
  job.next(1);
  job.report(0, 24, 24);
  EXPECT_EQ(job.next(0), Given(0, 12));  // worker 1 is not measured: for it, weight 1
  job.report(1, 24, 72);
  EXPECT_EQ(job.next(1), Given(1, 12));  // of the same batch
  job.report(0, 12, 12);
  EXPECT_EQ(job.next(0), Given(0, 9));  // 1.5 × ⌈24/4⌉
}

TEST(ChunkAwfPolicy, WeighsAnewAtEachRequest) {
  Pair job(PolicyKind::awf_c, 96);
  EXPECT_EQ(job.next(0), Given(0, 24));  // ⌈96/4⌉
  EXPECT_EQ(job.next(1), Given(1, 18));  // ⌈72/4⌉
  job.report(0, 24, 24);
  EXPECT_EQ(job.next(0), Given(0, 14));  // ⌈54/4⌉: alone it is the mean
  job.report(1, 18, 54);
  EXPECT_EQ(job.next(1), Given(1, 5));  // 0.5 × ⌈40/4⌉
  // π = (1·24 + 2·42) / (1·24 + 2·14) = 2.077 and 3: 1.182 × ⌈35/4⌉ = 10.6
  job.report(0, 14, 42);
  EXPECT_EQ(job.next(0), Given(0, 11));
}

TEST(ChunkAwfPolicy, CountsTheChunkInWorkAsFarAsItIsDone) {
  Pair job(PolicyKind::awf_c, 96);
  job.next(0);
  job.next(1);
  job.report(0, 20, 20);
  job.report(1, 10, 30);
  EXPECT_EQ(job.next(0), Given(0, 14));  // ⌈54/4⌉
  EXPECT_EQ(job.next(1), Given(1, 5));   // 0.5 × ⌈40/4⌉
}

TEST(AdaptiveFactoringPolicy, GivesLessTheMoreTimesVary) {
  Pair job(PolicyKind::af, 100);
  EXPECT_EQ(job.next(0), Given(0, 25));  // ⌈100/4⌉
  EXPECT_EQ(job.next(1), Given(1, 19));  // ⌈75/4⌉
  job.report(0, 10, 9);
  job.report(0, 10, 11);
  job.report(0, 5, 5);
  // μ = 25/25 = 1 and σ² = (10·0.1² + 10·0.1² + 5·0²) / 2 = 0.1. Worker 1 counts for as much: D =
  // 0.2, T = 1/2, TR = 28: (0.2 + 56 − √(0.04 + 22.4)) / 2 = 25.7.
  EXPECT_EQ(job.next(0), Given(0, 26));
  job.report(1, 9, 27);
  job.report(1, 10, 30);
  // μ = 3 and σ² = 0: D = 0.1, T = 1/(1 + 1/3), TR = 22.5: (0.1 + 45 − √(0.01 + 9)) / 6 = 7.02.
  EXPECT_EQ(job.next(1), Given(1, 7));
}

TEST(AdaptiveFactoringPolicy, GoesByTheLastChunk) {
  Pair job(PolicyKind::af, 112);
  EXPECT_EQ(job.next(0), Given(0, 28));
  EXPECT_EQ(job.next(1), Given(1, 21));
  job.report(0, 14, 14);
  job.report(0, 14, 14);
  job.report(1, 10, 30);
  job.report(1, 11, 33);
  // μ = 1 and 3, and nothing varies: TR/μ, where T = ¾ and R = 63, 16.
  EXPECT_EQ(job.next(0), Given(0, 47));
  EXPECT_EQ(job.next(1), Given(1, 4));
  job.report(0, 20, 60);
  job.report(0, 27, 81);
  EXPECT_EQ(job.next(0), Given(0, 6));  // μ = 3, too: T = 1.5, R = 12
  // A single report says nothing of a variance: what the chunk before said is believed.
  job.report(1, 4, 400);
  EXPECT_EQ(job.next(1), Given(1, 3));  // 1.5 · 6/3
}

TEST(AdaptiveFactoring, IgnoresTimesOfZero) {
  for (const PolicyKind kind : {PolicyKind::awf_b, PolicyKind::awf_c, PolicyKind::af}) {
    Pair job(kind, 96);
    job.next(0);
    job.report(0, 12, 0);
    job.report(0, 12, 0);
    EXPECT_EQ(job.next(0), Given(0, kind == PolicyKind::awf_b ? 24 : 18)) << name_of(kind);
  }
}

TEST(ChunkAwfPolicy, WeighsAgainstTheLiving) {
  Pair job(PolicyKind::awf_c, 96);
  job.next(0);
  job.next(1);
  job.report(0, 24, 24);
  job.report(1, 18, 54);
  job.lose(0);
  EXPECT_EQ(job.next(1), Given(1, 27));  // ⌈54/2⌉
  job.set_free(24);
  job.come_back(0);
  EXPECT_EQ(job.serve(), Given(0, 9));  // 1.5 × ⌈24/4⌉
}

TEST(BatchAwfPolicy, MeasuresANewTrainerAnew) {
  Pair job(PolicyKind::awf_b, 96);
  job.next(0);
  job.next(1);
  job.report(0, 24, 72);
  job.report(1, 24, 24);
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(0, 6));  // 0.5 × ⌈48/4⌉
  job.restart(1);
  EXPECT_EQ(job.serve(), Given(1, 12)) << "of the same batch, with weight 1 instead of 1.5";
  job.report(1, 12, 36);
  job.report(0, 6, 18);
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(0, 6)) << "the rest of the batch";
  EXPECT_EQ(job.serve(), Given(1, 6)) << "as fast as the other: ⌈24/4⌉";
}

TEST(ChunkAwfPolicy, MeasuresANewTrainerAnew) {
  Pair job(PolicyKind::awf_c, 96);
  job.next(0);
  job.next(1);
  job.report(0, 24, 24);
  job.report(1, 9, 27);
  job.restart(1);
  job.set_free(40);
  EXPECT_EQ(job.serve(), Given(1, 10)) << "it counts as a worker that is not measured: ⌈40/4⌉";
  job.report(1, 10, 10);
  EXPECT_EQ(job.next(0), Given(0, 8));  // ⌈30/4⌉
  EXPECT_EQ(job.next(1), Given(1, 6)) << "as fast as the other: ⌈22/4⌉";
}

TEST(AdaptiveFactoringPolicy, MeasuresANewTrainerAnew) {
  Pair job(PolicyKind::af, 112);
  job.next(0);
  job.next(1);
  job.report(0, 14, 14);
  job.report(0, 14, 14);
  job.report(1, 10, 30);
  job.restart(1);
  job.set_free(40);
  EXPECT_EQ(job.serve(), Given(1, 10));  // ⌈40/4⌉
  job.report(1, 5, 5);
  job.report(1, 5, 5);
  job.set_free(40);
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(0, 20));  // T = 1/2, D = 0
  EXPECT_EQ(job.serve(), Given(1, 10)) << "as fast as the other";
}

TEST(AdaptiveFactoringPolicy, CountsTheLivingOnly) {
  Pair job(PolicyKind::af, 112);
  job.next(0);
  job.next(1);
  job.report(0, 14, 14);
  job.report(0, 14, 14);
  job.report(1, 10, 30);
  job.report(1, 11, 33);
  job.lose(0);
  EXPECT_EQ(job.next(1), Given(1, 63));  // T = μ, D = 0: all there is
  job.set_free(40);
  job.come_back(0);
  EXPECT_EQ(job.serve(), Given(0, 10));  // ⌈40/4⌉: it is to be measured anew
}

}  // namespace
}  // namespace evenkeel

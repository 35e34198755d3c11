// A slow worker that is added to a job does not slow it.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "dataset/samples.h"
#include "simulation/added_worker.h"
#include "simulation/soak.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Seven workers that do 1,000 samples per second, and with them one of another speed.
double makespan_s(double speed_of_the_eighth, std::int64_t samples, std::int32_t epochs,
                  bool idempotent = false) {
  ClusterProfile cluster;
  cluster.ranks.resize(speed_of_the_eighth > 0 ? 8 : 7);
  for (RankProfile& rank : cluster.ranks) rank.speed = 1000;
  if (speed_of_the_eighth > 0) cluster.ranks.back().speed = speed_of_the_eighth;
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.epochs = epochs;
  options.idempotent = idempotent;
  const SimulationResult result =
      simulate(Dataset::cut(manifest_of({samples}), samples), cluster, options, 0);
  EXPECT_TRUE(result.complete);
  return result.makespan_s;
}

constexpr double limit = 1.01;
constexpr double step_samples = 32;

// Its step lasts four epochs: whenever it has one, the others have to wait for it.
TEST(SlowWorker, IsNotWaitedForInManyShortEpochs) {
  const double without_s = makespan_s(0, 1600, 50);
  EXPECT_NEAR(without_s, 50 * 1600 / 7000.0, 0.05);
  EXPECT_LE(makespan_s(33, 1600, 50), without_s);
}

// Its steps last up to 85 epochs, and a quarter of the job at most: it has several of them.
TEST(SlowWorker, IsWaitedForInNoEpoch) {
  for (const std::int64_t samples : {800, 1600, 6400}) {
    const auto epochs = static_cast<std::int32_t>(280'000 / samples);
    const double without_s = makespan_s(0, samples, epochs);
    EXPECT_NEAR(without_s, 40, 1);
    for (const double times_slower : {30, 100, 300}) {
      EXPECT_LE(makespan_s(1000 / times_slower, samples, epochs), without_s)
          << samples << " samples, " << times_slower << " times slower";
    }
  }
}

// Its first step lasts three quarters of the job, and is all that it should have.
TEST(SlowWorker, IsMeasuredWithOneStep) {
  const double without_s = makespan_s(0, 100'000, 1);
  EXPECT_NEAR(without_s, 100'000 / 7000.0, 0.05);
  EXPECT_LE(makespan_s(3, 100'000, 1), limit * without_s);
}

// It is given up after ten minutes, and what it reports a little later is done already.
TEST(SlowWorker, IsMeasuredByALateStep) {
  const double without_s = makespan_s(0, 1600, 800);
  EXPECT_GT(without_s, 150);
  EXPECT_LE(makespan_s(step_samples / 620, 1600, 800), limit * without_s + 620);
}

// Its first step lasts four times as long as the job, or all of its deadline.
TEST(SlowWorker, IsNotEvenMeasuredIfStepsMayBeDoneTwice) {
  const double without_s = makespan_s(0, 100'000, 1);
  EXPECT_GT(makespan_s(0.5, 100'000, 1), 4 * without_s);
  EXPECT_LE(makespan_s(0.5, 100'000, 1, true), limit * without_s);
  EXPECT_LE(makespan_s(step_samples / 620, 1600, 800, true), limit * makespan_s(0, 1600, 800));
}

// Who was held back as too slow is idle first, and leaves the copy to one that will be in 30 ms.
TEST(SlowWorker, DoesNotCopyWhatAFasterOneWillHaveDoneSooner) {
  const auto with = [](double speed_of_the_ninth) {
    ClusterProfile cluster;
    cluster.ranks.resize(speed_of_the_ninth > 0 ? 9 : 8);
    for (RankProfile& rank : cluster.ranks) rank.speed = 1000;
    cluster.ranks[7].speed = 30;
    if (speed_of_the_ninth > 0) cluster.ranks[8].speed = speed_of_the_ninth;
    CoordinatorOptions options;
    options.workers = static_cast<std::int32_t>(cluster.ranks.size());
    options.idempotent = true;
    return simulate(Dataset::cut(manifest_of({20'000}), 20'000), cluster, options, 0).makespan_s;
  };
  constexpr double two_steps_s = 2 * step_samples / 1000;
  EXPECT_LE(with(3), with(0) + two_steps_s);
}

TEST(SlowWorker, IsOfUseInALongEpoch) {
  EXPECT_LT(makespan_s(500, 100'000, 1), 0.95 * makespan_s(0, 100'000, 1));
}

// What proves that the jobs could have become longer, and that the added workers were of use.
struct Seen {
  std::int64_t short_epochs = 0;  // two of them together take less than the added worker's step
  std::int64_t far_slower = 0;    // ten times as slow as the slowest
  std::int64_t refused = 0;       // had one step, though the job went on for ten more of them
  std::int64_t of_use = 0;        // the job was shorter by 1 %
  std::int64_t barriers = 0;
  std::int64_t late_answers = 0;  // latency of 20 ms

  void add(const AddedWorker& job, const AddedWorkerOutcome& outcome) {
    short_epochs += 2 * outcome.without_s / job.options.epochs < job.step_s() ? 1 : 0;
    far_slower += job.times_slower >= 10 ? 1 : 0;
    refused += outcome.steps == 1 && outcome.with_s > 10 * job.step_s() ? 1 : 0;
    of_use += outcome.with_s < 0.99 * outcome.without_s ? 1 : 0;
    barriers += job.options.overlap == EpochOverlap::forbidden ? 1 : 0;
    late_answers += job.with.latency > 1ms ? 1 : 0;
  }
};

// The jobs are run in parts, each a test of its own, so that they share the cores.
constexpr std::uint64_t jobs_per_part = 500;
// Of ten thousand jobs, twelve are longer by more, the worst by 8 %, all with a barrier after each
// epoch: it is luck how the last steps of each are shared out where there are few, or where steps
// take less than an answer. None of those that are always run.
constexpr std::uint64_t one_of = 500;
constexpr double hard_limit = 1.2;

// Whether the added worker makes the job longer by more than this and 1 %.
bool is_longer(const AddedWorker& job, const AddedWorkerOutcome& outcome, double tolerance_s,
               const Soak& soak) {
  const double with_s = outcome.with_s - tolerance_s;
  const bool by_luck = soak.factor > 1 && job.options.overlap == EpochOverlap::forbidden;
  EXPECT_LE(with_s, (by_luck ? hard_limit : limit) * outcome.without_s)
      << "seed " << job.seed << ": " << outcome.with_s << " s, and " << outcome.without_s
      << " s without the added worker";
  return with_s > limit * outcome.without_s;
}

void run_part(std::uint64_t part) {
  const Soak soak;
  Seen seen;
  std::int64_t longer = 0;
  const std::uint64_t jobs = soak.jobs(jobs_per_part);
  const std::uint64_t first = soak.first(jobs_per_part);
  for (std::uint64_t i = first; i < first + jobs; ++i) {
    const AddedWorker job(2 * i + part);
    const AddedWorkerOutcome outcome = run(job);
    longer += is_longer(job, outcome, job.tolerance_s(), soak) ? 1 : 0;
    if (testing::Test::HasFailure()) return;
    seen.add(job, outcome);
  }
  if (soak.factor > 1) {
    EXPECT_LE(longer, static_cast<std::int64_t>(jobs / one_of));
  }
  EXPECT_GT(seen.short_epochs, 150);
  EXPECT_GT(seen.far_slower, 150);
  EXPECT_GT(seen.refused, 20);
  EXPECT_GT(seen.of_use, 100);
  EXPECT_GT(seen.barriers, 150);
  EXPECT_GT(seen.late_answers, 150);
}

// Where steps may be done twice, the step that teaches its speed does not count.
void run_part_with_copies(std::uint64_t part) {
  const Soak soak;
  std::int64_t rescued = 0;  // jobs that would have been longer without copies
  std::int64_t longer = 0;
  const std::uint64_t jobs = soak.jobs(jobs_per_part);
  const std::uint64_t first = soak.first(jobs_per_part);
  for (std::uint64_t i = first; i < first + jobs; ++i) {
    AddedWorker job(2 * i + part);
    const AddedWorkerOutcome plain = run(job);
    job.options.idempotent = true;
    const AddedWorkerOutcome outcome = run(job);
    longer += is_longer(job, outcome, job.copy_s(), soak) ? 1 : 0;
    if (testing::Test::HasFailure()) return;
    rescued += plain.with_s > limit * outcome.without_s + job.copy_s() ? 1 : 0;
  }
  if (soak.factor > 1) {
    EXPECT_LE(longer, static_cast<std::int64_t>(jobs / one_of));
  }
  EXPECT_GT(rescued, 50);
}

TEST(AddedWorkersWithCopies, Part0MakesNoJobLonger) { run_part_with_copies(0); }
TEST(AddedWorkersWithCopies, Part1MakesNoJobLonger) { run_part_with_copies(1); }

TEST(AddedWorkers, Part0MakesNoJobLonger) { run_part(0); }
TEST(AddedWorkers, Part1MakesNoJobLonger) { run_part(1); }

}  // namespace
}  // namespace evenkeel

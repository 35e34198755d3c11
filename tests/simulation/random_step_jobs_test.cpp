// Step mode, whatever happens: many random jobs, checked by what was seen from outside.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <set>

#include "core/option_values.h"
#include "simulation/random_step_job.h"
#include "simulation/soak.h"
#include "simulation/step_job_check.h"

namespace evenkeel {
namespace {

// The jobs are run in parts, each a test of its own, so that they share the cores.
constexpr std::uint64_t parts = 4;
constexpr std::uint64_t jobs_per_part = 700;

// A broken invariant aborts the program: even then the seed is told.
std::array<char, 32> last_words{};

extern "C" void say_last_words(int /*signal*/) {
  [[maybe_unused]] const auto said =
      ::write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
}

void run_part(std::uint64_t part) {
  std::signal(SIGABRT, say_last_words);
  StepJobsHappened happened;
  const Soak soak;
  const std::uint64_t first = soak.first(jobs_per_part);
  for (std::uint64_t i = first; i < first + soak.jobs(jobs_per_part); ++i) {
    const std::uint64_t seed = i * parts + part;
    last_words = {};
    fmt::format_to_n(last_words.data(), last_words.size() - 1, "seed {}\n", seed);
    const RandomStepJob job(seed);
    const auto faults = check_step_job(job, happened);
    ASSERT_TRUE(faults.empty()) << "seed " << seed << ": " << fmt::format("{}", faults);
  }
  EXPECT_GT(happened.deaths, 40);
  EXPECT_GT(happened.hangs, 400);
  EXPECT_GT(happened.phases, 1000);
  EXPECT_GT(happened.silences, 1000);
  EXPECT_GT(happened.standstills, 15);
  EXPECT_GT(happened.suspensions, 15);
  EXPECT_GT(happened.cut_to_coordinator, 15);
  EXPECT_GT(happened.cut_to_ranks, 15);
  EXPECT_GT(happened.cut_off, 5);
  EXPECT_GT(happened.done_untold, 100);
  EXPECT_GT(happened.lies, 1000);
  EXPECT_GT(happened.changes_of_speed, 500);
  EXPECT_GT(happened.redivisions, 2000);
  EXPECT_GT(happened.members_plans, 2000);
  EXPECT_GT(happened.left_out, 50);
  EXPECT_GT(happened.brought_back, 5);
  EXPECT_GT(happened.stand_ins, 1000);
  EXPECT_GT(happened.at_most, 1000);
  EXPECT_GT(happened.ragged_batches, 2000);
  EXPECT_GT(happened.dropped_samples, 10'000);
  EXPECT_GT(happened.late_plans, 1000);
  EXPECT_GT(happened.reading_ahead, 300);
  EXPECT_GT(happened.further_epochs, 10'000);
  EXPECT_GT(happened.ended_mid_epoch, 200);
  EXPECT_GT(happened.fewer_micro_batches_than_workers, 100);
}

TEST(RandomStepJob, HasAnyPolicyOfStepModeAndAnyPredictor) {
  std::set<PolicyKind> policies;
  std::set<PredictorKind> predictors;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomStepJob job(seed);
    policies.insert(job.options.policy.kind);
    predictors.insert(job.options.predictor);
  }
  using enum PolicyKind;
  EXPECT_EQ(policies, std::set({adaptive, static_split, weighted, performance, observe}));
  EXPECT_EQ(predictors.size(), all_values<PredictorKind>().size());
}

TEST(RandomStepJobs, Part0DividesEveryGlobalBatchOnce) { run_part(0); }
TEST(RandomStepJobs, Part1DividesEveryGlobalBatchOnce) { run_part(1); }
TEST(RandomStepJobs, Part2DividesEveryGlobalBatchOnce) { run_part(2); }
TEST(RandomStepJobs, Part3DividesEveryGlobalBatchOnce) { run_part(3); }

}  // namespace
}  // namespace evenkeel

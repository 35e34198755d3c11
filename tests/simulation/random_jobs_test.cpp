// Exactly once, whatever happens: many random jobs, checked by what was seen from outside.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "balance/policy_table.h"
#include "core/option_values.h"
#include "simulation/random_job.h"
#include "simulation/soak.h"

namespace evenkeel {
namespace {

// The jobs are run in parts, each a test of its own, so that they share the cores.
constexpr std::uint64_t parts = 4;
constexpr std::uint64_t jobs_per_part = 6500;

void run_part(std::uint64_t part) {
  Happened happened;
  const Soak soak;
  const std::uint64_t first = soak.first(jobs_per_part);
  for (std::uint64_t i = first; i < first + soak.jobs(jobs_per_part); ++i) {
    const std::uint64_t seed = i * parts + part;
    const RandomJob job(seed);
    const auto faults = check_job(job, happened);
    ASSERT_TRUE(faults.empty()) << "seed " << seed << ": " << fmt::format("{}", faults);
  }
  EXPECT_GT(happened.hangs, 1000);
  EXPECT_GT(happened.deaths, 500);
  EXPECT_GT(happened.departures, 500);
  EXPECT_GT(happened.restarts, 500);
  EXPECT_GT(happened.failures, 10'000);
  EXPECT_GT(happened.done_after_a_failure, 10'000);
  EXPECT_GT(happened.set_aside_samples, 10'000);
  EXPECT_GT(happened.set_aside_by_three, 1000);
  EXPECT_GT(happened.only_failures, 50);
  EXPECT_GT(happened.black_holes, 50);
  EXPECT_GT(happened.standstills, 100);
  EXPECT_GT(happened.suspensions, 100);
  EXPECT_GT(happened.lone_suspensions, 30);
  EXPECT_GT(happened.cut_to_coordinator, 500);
  EXPECT_GT(happened.cut_to_ranks, 500);
  EXPECT_GT(happened.cut_for_ever, 50);
  EXPECT_GT(happened.back_from_a_cut, 50);
  EXPECT_GT(happened.lies, 1000);
  EXPECT_GT(happened.refusals, 100);
  EXPECT_GT(happened.several_victims, 100);
  EXPECT_GT(happened.late, 1000);
  EXPECT_GT(happened.absent, 100);
  EXPECT_GT(happened.lost, 1000);
  EXPECT_GT(happened.fenced, 500);
  EXPECT_GT(happened.wasted_samples, 1000);
  EXPECT_GT(happened.redone_samples, 1000);
  EXPECT_GT(happened.trims, 1000);
  EXPECT_GT(happened.copies_won, 100);
  EXPECT_GT(happened.copies_lost, 50);
  EXPECT_GT(happened.copies_without_a_loser, 20);
  EXPECT_GT(happened.changes_of_speed, 1000);
  EXPECT_GT(happened.fewer_samples_than_workers, 50);
  EXPECT_GT(happened.learned_files, 10);
  EXPECT_GT(happened.homes, 10);
  EXPECT_GT(happened.learned_homes, 10);
  EXPECT_GT(happened.held_to_the_bound, 100);
}

TEST(RandomJob, IsFaultyIfItDoesNotEnd) {
  Happened happened;
  const RandomJob job(0);
  EXPECT_EQ(check_job(job, happened), std::vector<std::string>());
  EXPECT_EQ(check_job(job, happened, happened.most_turns - 1),
            std::vector<std::string>{
                fmt::format("no end after {} turns of the coordinator", happened.most_turns - 1)});
}

TEST(RandomJob, HasAnyPolicyAndPredictor) {
  std::set<PolicyKind> policies;
  std::set<PredictorKind> predictors;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomJob job(seed);
    policies.insert(job.options.policy.kind);
    predictors.insert(job.options.predictor);
  }
  EXPECT_EQ(policies.size(), all_values<PolicyKind>().size());
  EXPECT_EQ(predictors.size(), all_values<PredictorKind>().size());
}

TEST(RandomJobs, Part0IsDoneExactlyOnce) { run_part(0); }
TEST(RandomJobs, Part1IsDoneExactlyOnce) { run_part(1); }
TEST(RandomJobs, Part2IsDoneExactlyOnce) { run_part(2); }
TEST(RandomJobs, Part3IsDoneExactlyOnce) { run_part(3); }

}  // namespace
}  // namespace evenkeel

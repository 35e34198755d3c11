#include "balance/trials.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace evenkeel {
namespace {

using Counts = PerWorker<std::int64_t>;

const Counts second_left_out{8, 0};

// The steps in which a worker is tried, of a job in which the second worker is left out from the
// first step on. Steps take a second, and a trial `trial_s` more.
std::vector<std::int64_t> tried_steps(Trials& trials, std::int64_t steps, double trial_s) {
  std::vector<std::int64_t> tried;
  for (std::int64_t step = 0; step < steps; ++step) {
    const bool is_trial = trials.next(step, second_left_out).has_value();
    if (is_trial) tried.push_back(step);
    trials.step_done(step, is_trial ? 1 + trial_s : 1, 1);
  }
  return tried;
}

TEST(Trials, AreNoneAtOnceInAJobThatGoesOn) {
  Trials trials(2, 1000);
  for (std::int64_t step = 1000; step < 1016; ++step) {
    ASSERT_FALSE(trials.next(step, second_left_out));
  }
  EXPECT_TRUE(trials.next(1016, second_left_out));
}

TEST(Trials, AreOfNobodyWhereEveryoneTakesPart) {
  Trials trials(2);
  for (std::int64_t step = 0; step < 1000; ++step) ASSERT_FALSE(trials.next(step, {2, 6}));
  EXPECT_EQ(trials.end(), 0);
}

TEST(Trials, ComeAfterTwiceAsManyStepsEachTime) {
  Trials trials(2);
  EXPECT_EQ(tried_steps(trials, 300, 0), (std::vector<std::int64_t>{16, 48, 112, 240}));
  EXPECT_EQ(trials.end(), 241);
}

TEST(Trials, AreOfNobodyWhomAStandInMeasures) {
  Trials trials(2);
  trials.stood_in(WorkerIndex(1));
  EXPECT_EQ(tried_steps(trials, 300, 0), std::vector<std::int64_t>());
  trials.divided_before(300, {4, 4});
  EXPECT_TRUE(trials.next(316, second_left_out)) << "it may be left out without a stand-in";
}

TEST(Trials, AreOfTheWorkerThatIsLeftOut) {
  Trials trials(2);
  EXPECT_EQ(trials.next(16, second_left_out), WorkerIndex(1));
}

TEST(Trials, WaitUntilTheLastOnesHaveCostASmallShareOfTheTime) {
  Trials trials(2);
  // Each takes two seconds too long, and waits until that is a hundredth: of 200, 400, 600 seconds.
  EXPECT_EQ(tried_steps(trials, 700, 2), (std::vector<std::int64_t>{16, 198, 396, 594}));
}

TEST(Trials, DoNotForeseeTheirCost) {
  Trials trials(2);
  EXPECT_EQ(tried_steps(trials, 1000, 100), (std::vector<std::int64_t>{16}));
}

TEST(Trials, ThatPromiseAChangeAreRepeatedAtOnce) {
  Trials trials(2);
  ASSERT_TRUE(trials.next(16, second_left_out));
  trials.report(WorkerIndex(0), true);  // not of the trial
  trials.step_done(16, 100, 1);
  EXPECT_FALSE(trials.next(18, second_left_out));
  for (std::int64_t step = 17; step < 12'000; ++step) trials.step_done(step, 1, 1);
  for (const std::int64_t step : {12'000, 12'002}) {
    ASSERT_TRUE(trials.next(step, second_left_out));
    trials.report(WorkerIndex(1), true);
    trials.step_done(step, 1, 1);
    trials.step_done(step + 1, 1, 1);
  }
  ASSERT_TRUE(trials.next(12'004, second_left_out));
  trials.report(WorkerIndex(1), false);  // after all not
  trials.step_done(12'004, 1, 1);
  EXPECT_FALSE(trials.next(12'006, second_left_out));
}

TEST(Trials, BeginAnewWithWhoeverHasTakenPart) {
  Trials trials(2);
  tried_steps(trials, 300, 0);
  trials.divided_before(300, {4, 4});
  EXPECT_FALSE(trials.next(315, second_left_out));
  EXPECT_TRUE(trials.next(316, second_left_out));
}

TEST(Trials, AreOfOneWorkerAtATimeInTurn) {
  Trials trials(3);
  const Counts counts{8, 0, 0};
  EXPECT_EQ(trials.next(16, counts), WorkerIndex(1));
  EXPECT_FALSE(trials.next(17, counts));  // the first is not done
  for (std::int64_t step = 0; step <= 17; ++step) trials.step_done(step, 1, 1);
  EXPECT_EQ(trials.next(18, counts), WorkerIndex(2));
}

}  // namespace
}  // namespace evenkeel

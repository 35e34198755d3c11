#include "coordinator/step_tally.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

StepTimes times(float local_s, float reduce_s) { return {local_s, reduce_s, 1, 0}; }

TEST(StepTally, IsDoneWithAStepWhenEveryWorkerHasReportedIt) {
  StepTally tally(3);
  EXPECT_FALSE(tally.add(WorkerIndex(1), times(1, 1)));
  EXPECT_FALSE(tally.add(WorkerIndex(0), times(1, 1)));
  EXPECT_EQ(tally.done(), 0);
  EXPECT_TRUE(tally.add(WorkerIndex(2), times(1, 1)));
  EXPECT_EQ(tally.done(), 1);
}

TEST(StepTally, LetsWorkersReportAheadOfOthers) {
  StepTally tally(2);
  for (int step = 0; step < 3; ++step) EXPECT_FALSE(tally.add(WorkerIndex(0), times(1, 1)));
  EXPECT_EQ(tally.reported(WorkerIndex(0)), 3);
  EXPECT_EQ(tally.reported(WorkerIndex(1)), 0);
  EXPECT_EQ(tally.done(), 0);
  for (int step = 1; step <= 3; ++step) {
    EXPECT_TRUE(tally.add(WorkerIndex(1), times(1, 1)));
    EXPECT_EQ(tally.done(), step);
  }
}

TEST(StepTally, TakesTheLeastTimeInAnAllReduceForTheAllReduceItself) {
  StepTally tally(3);
  tally.add(WorkerIndex(0), times(3, 4));
  tally.add(WorkerIndex(1), times(6.5, 0.5));
  EXPECT_EQ(tally.comm_s(), 0);
  tally.add(WorkerIndex(2), times(5, 2));
  EXPECT_EQ(tally.comm_s(), 0.5);
  EXPECT_EQ(tally.last_comm_s(), 0.5);
  for (int worker = 0; worker < 3; ++worker) tally.add(WorkerIndex(worker), times(1, 2));
  EXPECT_EQ(tally.comm_s(), 2.5);
  EXPECT_EQ(tally.last_comm_s(), 2);
}

TEST(StepTally, KnowsForWhomTheOthersWaited) {
  StepTally tally(3);
  for (int step = 0; step < 2; ++step) {
    tally.add(WorkerIndex(2), times(1, 6));
    tally.add(WorkerIndex(1), times(6, 1));
    tally.add(WorkerIndex(0), times(3, 4));
  }
  tally.add(WorkerIndex(1), times(2, 3));
  tally.add(WorkerIndex(0), times(4, 1));
  tally.add(WorkerIndex(2), times(5, 0));
  EXPECT_EQ(tally.times_last(WorkerIndex(0)), 0);
  EXPECT_EQ(tally.times_last(WorkerIndex(1)), 2);
  EXPECT_EQ(tally.times_last(WorkerIndex(2)), 1);
}

TEST(StepTally, AddsUpTheLongestAndTheMeanLocalWork) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), times(1, 3));
  tally.add(WorkerIndex(1), times(4, 0));
  tally.add(WorkerIndex(0), times(6, 1));
  EXPECT_EQ(tally.longest_local_s(), 4);  // of the step done
  EXPECT_EQ(tally.mean_local_s(), 2.5);
  tally.add(WorkerIndex(1), times(5, 2));
  EXPECT_EQ(tally.longest_local_s(), 10);
  EXPECT_EQ(tally.mean_local_s(), 8);
}

TEST(StepTally, AddsUpHowLongStepsWouldTakeIfAllEndedTogether) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), {2, 0, 6, 0});  // three units a second
  tally.add(WorkerIndex(1), {1, 1, 1, 0});  // one
  EXPECT_EQ(tally.ideal_local_s(), 7 / 4.0);
  tally.add(WorkerIndex(0), {2, 0, 10, 0});
  EXPECT_EQ(tally.ideal_local_s(), 7 / 4.0);
  tally.add(WorkerIndex(1), {0, 2, 0, 0});  // no part in this one
  EXPECT_EQ(tally.ideal_local_s(), 7 / 4.0 + 2);
}

TEST(StepTally, BearsLocalWorkThatTookNoTime) {
  StepTally tally(1);
  tally.add(WorkerIndex(0), {0, 1, 10, 0});
  EXPECT_EQ(tally.ideal_local_s(), 1e-9);
}

TEST(StepTally, KnowsHowLongTheLastStepTook) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), times(1, 3));
  tally.add(WorkerIndex(1), times(4, 0.5));
  EXPECT_EQ(tally.last_step_s(), 4.25);
  tally.add(WorkerIndex(0), times(1, 1));
  EXPECT_EQ(tally.last_step_s(), 4.25);
  tally.add(WorkerIndex(1), times(1, 1));
  EXPECT_EQ(tally.last_step_s(), 2);
}

StepTimes paused(float local_s, float reduce_s, float paused_s) {
  StepTimes times{local_s, reduce_s, 1};
  times.paused_s = paused_s;
  return times;
}

TEST(StepTally, TellsWaitingForAPauseFromWaitingForASlowWorker) {
  StepTally tally(3);
  // The third would have been ready after 1, the second after 4: the pause costs all others 6.
  tally.add(WorkerIndex(0), times(2, 9));
  tally.add(WorkerIndex(1), times(4, 7));
  tally.add(WorkerIndex(2), paused(1, 1, 9));
  EXPECT_EQ(tally.comm_s(), 1);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(0)), 6);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(1)), 6);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(2)), 0);
  EXPECT_EQ(tally.times_last(WorkerIndex(1)), 1);
  EXPECT_EQ(tally.last_step_s(), (5.0 + 5 + 2) / 3);
}

TEST(StepTally, LetsWhoeverPausedShorterWaitForTheOthersPause) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), paused(1, 5, 2));  // ready after 3
  tally.add(WorkerIndex(1), paused(1, 1, 6));  // ready after 7
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(0)), 4);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(1)), 0);
  EXPECT_EQ(tally.last_step_s(), 2);
}

TEST(StepTally, FindsThatAPauseInTheShadowOfASlowWorkerCostsNothing) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), times(8, 1));
  tally.add(WorkerIndex(1), paused(1, 4, 4));
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(0)), 0);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(1)), 0);
  EXPECT_EQ(tally.times_last(WorkerIndex(0)), 1);
}

TEST(StepTally, KeepsStepsApartThatAreReportedTogether) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), times(1, 9));
  tally.add(WorkerIndex(0), times(8, 2));
  tally.add(WorkerIndex(1), times(7, 3));
  EXPECT_EQ(tally.last_comm_s(), 3);
  EXPECT_EQ(tally.longest_local_s(), 7);
  tally.add(WorkerIndex(1), times(6, 4));
  EXPECT_EQ(tally.last_comm_s(), 2);
  EXPECT_EQ(tally.longest_local_s(), 15);
}

// ---- local work that was not told

StepTimes untold(float step_s) {
  StepTimes times{step_s, 0, 1};
  times.local_told = false;
  return times;
}

TEST(StepTally, KnowsOfAnUntoldStepOnlyHowLongItTook) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), times(3, 1));
  tally.add(WorkerIndex(1), times(1, 3));
  tally.add(WorkerIndex(0), times(2, 6));
  tally.add(WorkerIndex(1), untold(8));
  EXPECT_EQ(tally.done(), 2);
  EXPECT_EQ(tally.untold(), 1);
  EXPECT_FALSE(tally.last_told());
  EXPECT_EQ(tally.last_step_s(), 8);
  EXPECT_EQ(tally.comm_s(), 1);
  EXPECT_EQ(tally.longest_local_s(), 3);
  EXPECT_EQ(tally.mean_local_s(), 2);
  EXPECT_NEAR(tally.ideal_local_s(), 2 / (1 / 3.0 + 1), 1e-6);
  EXPECT_EQ(tally.times_last(WorkerIndex(0)), 1);
  EXPECT_EQ(tally.times_last(WorkerIndex(1)), 0);
}

TEST(StepTally, IsToldAStepByAllOrNotAtAllWhoeverReportsFirst) {
  StepTally tally(2);
  tally.add(WorkerIndex(0), untold(8));
  tally.add(WorkerIndex(1), times(2, 6));
  EXPECT_EQ(tally.untold(), 1);
  tally.add(WorkerIndex(0), times(2, 6));
  tally.add(WorkerIndex(1), times(2, 6));
  EXPECT_EQ(tally.untold(), 1);
  EXPECT_TRUE(tally.last_told());
}

TEST(StepTally, LeavesThePausesOfAnUntoldStepIn) {
  StepTally tally(2);
  StepTimes pausing = untold(1);
  pausing.paused_s = 9;
  tally.add(WorkerIndex(0), pausing);
  tally.add(WorkerIndex(1), untold(10));
  EXPECT_EQ(tally.last_step_s(), 5.5);
  EXPECT_EQ(tally.waited_for_pauses_s(WorkerIndex(1)), 0);
}

}  // namespace
}  // namespace evenkeel

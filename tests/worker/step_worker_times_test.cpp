#include <gtest/gtest.h>

#include <chrono>

#include "worker/step_trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A trainer with a plan for all steps, which has reported at 0 s and has done nothing.
class Planned : public testing::Test {
 protected:
  Planned() {
    trainer.take(0s);
    trainer.plan(30);
  }

  StepTrainer trainer;
};

TEST_F(Planned, SaysWhereTheTimeOfAStepWent) {
  trainer.take(0s);
  trainer.loaded(500ms);
  trainer.reached(2s);
  trainer.done(2750ms, std::nullopt, 7);
  const StepReport& report = trainer.report();
  ASSERT_EQ(report.steps, 1);
  EXPECT_EQ(report.times[0].local_s, 2);
  EXPECT_EQ(report.times[0].reduce_s, 0.75F);
  EXPECT_EQ(report.times[0].cost, 7);
  EXPECT_EQ(report.cost, 7);
  EXPECT_EQ(report.data, Duration(500ms));
  EXPECT_EQ(report.last_end, Instant(2750ms));
  EXPECT_EQ(report.paused, Duration(0));
  EXPECT_EQ(report.waited_for_plan, Duration(0));
}

TEST_F(Planned, SaysWhenEachOfSeveralStepsWasDone) {
  trainer.step(0ms, 250ms);
  trainer.step(250ms, 750ms);
  trainer.step(750ms, 1s);
  const StepReport& report = trainer.report();
  ASSERT_EQ(report.steps, 3);
  EXPECT_EQ(report.times[0].ended_s, 0.75F);
  EXPECT_EQ(report.times[1].ended_s, 0.25F);
  EXPECT_EQ(report.times[2].ended_s, 0);
  EXPECT_EQ(report.cost, 30);
  EXPECT_EQ(report.last_end, Instant(1s));
}

TEST_F(Planned, BeginsEveryReportAnew) {
  trainer.take(0s);
  trainer.loaded(1s);
  trainer.done(2s);
  trainer.take(2s);
  trainer.done(5s, std::nullopt, 3);
  const StepReport& report = trainer.report();
  EXPECT_EQ(report.first_step, 1);
  EXPECT_EQ(report.steps, 1);
  EXPECT_EQ(report.times[0].local_s, 3);
  EXPECT_EQ(report.times[1].local_s, 0);
  EXPECT_EQ(report.cost, 3);
  EXPECT_EQ(report.data, Duration(0));
}

TEST_F(Planned, WorksFromTheEndOfTheStepBefore) {
  trainer.take(0s);
  trainer.done(1s);
  trainer.take(3s);  // its own loading, say
  trainer.done(5s);
  EXPECT_EQ(trainer.report().times[0].local_s, 4);
}

TEST_F(Planned, WorksOnOneStepAfterTheOtherThoughItReadsAhead) {
  trainer.take(0s);
  trainer.take(0s);
  trainer.reached(1s);
  trainer.done(2s);
  trainer.take(2s);
  trainer.reached(5s);
  trainer.done(6s);
  EXPECT_EQ(trainer.report().times[0].local_s, 3);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1);
}

TEST_F(Planned, HasWorkedAllTheTimeIfItSaysNothingOfAnAllReduce) {
  trainer.step(0s, 2s);
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 0);
}

TEST_F(Planned, HasWorkedAsLongAsTheTrainerSays) {
  trainer.take(0s);
  trainer.loaded(1s);
  trainer.reached(2s);
  trainer.done(3s, 250ms);
  EXPECT_EQ(trainer.report().times[0].local_s, 0.25F);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1);
  EXPECT_EQ(trainer.report().data, Duration(250ms));  // no more than all of it
}

TEST_F(Planned, TellsItsLocalWorkIfItSaysThatItHasReachedTheAllReduce) {
  trainer.take(0s);
  trainer.reached(2s);
  trainer.done(3s);
  EXPECT_TRUE(trainer.report().times[0].local_told);
}

TEST_F(Planned, TellsItsLocalWorkIfTheTrainerDoes) {
  trainer.take(0s);
  trainer.done(3s, 2s);
  EXPECT_TRUE(trainer.report().times[0].local_told);
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1) << "the rest of the step";
}

TEST_F(Planned, SpendsNoTimeInTheAllReduceIfItsLocalWorkIsSaidToBeLongerThanTheStep) {
  trainer.take(0s);
  trainer.done(3s, 4s);
  EXPECT_EQ(trainer.report().times[0].local_s, 4);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 0);
}

TEST_F(Planned, DoesNotTellItsLocalWorkIfItOnlySaysThatAStepIsDone) {
  trainer.take(0s);
  trainer.loaded(1s);
  trainer.done(100ms);
  trainer.take(100ms);
  trainer.reached(2s);
  trainer.done(3s);
  ASSERT_EQ(trainer.report().steps, 2);
  EXPECT_FALSE(trainer.report().times[0].local_told);
  EXPECT_TRUE(trainer.report().times[1].local_told) << "each step speaks for itself";
}

TEST_F(Planned, TellsOfAStandInWithTheStepThatItWasIn) {
  trainer.take(0s);
  trainer.worker().stand_in(8);
  trainer.done(100ms, 50ms, 0);
  trainer.take(100ms);
  trainer.reached(2s);
  trainer.done(3s);
  ASSERT_EQ(trainer.report().steps, 2);
  EXPECT_EQ(trainer.report().times[0].stand_in, 8);
  EXPECT_EQ(trainer.report().times[1].stand_in, 0);
}

TEST_F(Planned, AddsUpTheLoadingOfItsSteps) {
  for (const Duration start : {0ms, 400ms, 800ms}) {
    trainer.take(start);
    trainer.loaded(start + 50ms);
    trainer.done(start + 400ms);
  }
  EXPECT_EQ(trainer.report().steps, 3);
  EXPECT_EQ(trainer.report().data, Duration(150ms));
}

// ---- waiting for a plan

TEST(StepTime, LeavesOutTheWaitForTheFirstPlan) {
  StepTrainer trainer;
  trainer.take(1s);
  trainer.take(2s);
  trainer.plan(10);
  trainer.take(3s);
  trainer.done(4s);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(2s));
  EXPECT_EQ(trainer.report().times[0].local_s, 2);  // a second before it asked, and one after
}

TEST(StepTime, LeavesOutTheWaitForAFurtherPlan) {
  StepTrainer trainer;
  trainer.plan(1);
  trainer.step(0s, 1s);
  trainer.take(2s);
  trainer.plan(10);
  trainer.take(5s);
  trainer.done(6s);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(3s));
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
}

TEST(StepTime, LeavesOutTheWaitOfATrainerThatReadsAhead) {
  StepTrainer trainer;
  trainer.plan(1);
  trainer.take(0s);
  trainer.take(0s);
  trainer.plan(10);
  trainer.take(3s);  // while the first step is in work
  trainer.done(4s);
  EXPECT_EQ(trainer.report().times[0].local_s, 1);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(3s));
  trainer.done(6s);
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(0));
}

TEST(StepTime, LeavesAWaitDuringTheAllReduceOutOfTheAllReduce) {
  StepTrainer trainer;
  trainer.plan(1);
  trainer.take(0s);
  trainer.reached(2s);
  trainer.take(2s);
  trainer.plan(10);
  trainer.take(5s);  // the all-reduce is on its way
  trainer.done(6s);
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(3s));
}

TEST(StepTime, CountsNoWaitForAPlanThatIsThere) {
  StepTrainer trainer;
  trainer.plan(10);
  trainer.take(5s);
  trainer.done(6s);
  EXPECT_EQ(trainer.report().waited_for_plan, Duration(0));
}

// ---- pauses

TEST_F(Planned, ReportsAPauseAtOnce) { EXPECT_EQ(trainer.pause(5s, 0s), Words{"pause of 5 s"}); }

TEST_F(Planned, IsPausedUntilItTakesAStep) {
  trainer.step(0s, 1s);
  trainer.pause(5s, 1s);
  trainer.take(4s);
  trainer.done(6s);
  EXPECT_EQ(trainer.report().paused, Duration(3s));
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
}

TEST_F(Planned, IsPausedInsideAStepUntilItsNextCall) {
  trainer.take(0s);
  trainer.pause(5s, 1s);
  trainer.loaded(3s);
  trainer.pause(5s, 4s);
  trainer.reached(7s);
  trainer.done(8s);
  EXPECT_EQ(trainer.report().paused, Duration(5s));
  EXPECT_EQ(trainer.report().times[0].paused_s, 5);
  EXPECT_EQ(trainer.report().times[0].local_s, 2);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1);
}

TEST_F(Planned, IsPausedUntilTheStepIsDoneIfItSaysNothingBefore) {
  trainer.take(0s);
  trainer.pause(5s, 1s);
  trainer.done(4s);
  EXPECT_EQ(trainer.report().paused, Duration(3s));
  EXPECT_EQ(trainer.report().times[0].local_s, 1);
}

TEST_F(Planned, LeavesAPauseDuringTheAllReduceOutOfTheAllReduce) {
  trainer.take(0s);
  trainer.reached(1s);
  trainer.pause(5s, 2s);
  trainer.done(5s);
  EXPECT_EQ(trainer.report().paused, Duration(3s));
  EXPECT_EQ(trainer.report().times[0].paused_s, 0);
  EXPECT_EQ(trainer.report().times[0].local_s, 1);
  EXPECT_EQ(trainer.report().times[0].reduce_s, 1);
}

TEST_F(Planned, LoadsNothingDuringAPause) {
  trainer.step(0s, 1s);
  trainer.pause(5s, 1s);
  trainer.take(4s);
  trainer.loaded(5s);
  trainer.done(8s);
  EXPECT_EQ(trainer.report().data, Duration(1s));
  EXPECT_EQ(trainer.report().times[0].local_s, 4);
}

TEST_F(Planned, AddsUpItsPausesSinceTheLastReport) {
  trainer.pause(1s, 0ms);
  trainer.pause(1s, 100ms);
  trainer.take(200ms);
  trainer.pause(1s, 300ms);
  EXPECT_EQ(trainer.done(500ms), Words{});
  trainer.step(500ms, 1s);
  EXPECT_EQ(trainer.report().steps, 2);
  EXPECT_EQ(trainer.report().paused, Duration(400ms));
  trainer.step(1s, 2s);
  EXPECT_EQ(trainer.report().paused, Duration(0));
}

TEST_F(Planned, ReportsWhatIsUnsentBeforeItPauses) {
  trainer.step(0ms, 100ms);
  EXPECT_EQ(trainer.pause(5s, 100ms), (Words{"steps 0 to 1", "pause of 5 s"}));
}

}  // namespace
}  // namespace evenkeel

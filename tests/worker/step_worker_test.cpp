#include "worker/step_worker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

#include "worker/step_trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// ---- steps

TEST(StepWorker, TakesItsPartOfEveryGlobalBatch) {
  StepTrainer trainer;
  trainer.plan(2, 1, 3);
  for (const char* step :
       {"step 0 of epoch 0: 2 to 8 of 0 to 10", "step 1 of epoch 0: 12 to 18 of 10 to 20"}) {
    trainer.take(0s);
    EXPECT_EQ(trainer.last_taken(), step);
  }
}

TEST(StepWorker, TakesNoStepWithoutAPlan) {
  StepTrainer trainer;
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "none");
  trainer.plan(1);
  trainer.take(0s);
  EXPECT_NE(trainer.last_taken(), "none");
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "none");
  EXPECT_FALSE(trainer.worker().finished());
}

TEST(StepWorker, FollowsEveryPlanFromItsFirstStepOn) {
  StepTrainer trainer;
  trainer.plan(1, 0, 1);
  trainer.plan(3, 2, 2);
  for (const char* step :
       {"step 0 of epoch 0: 0 to 2 of 0 to 10", "step 1 of epoch 0: 14 to 18 of 10 to 20",
        "step 2 of epoch 0: 24 to 28 of 20 to 30"}) {
    trainer.take(0s);
    EXPECT_EQ(trainer.last_taken(), step);
  }
}

TEST(StepWorker, MayHaveNoPartOfABatch) {
  StepTrainer trainer;
  trainer.plan(1, 5, 0);
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "step 0 of epoch 0: nothing of 0 to 10");
}

TEST(StepWorker, GoesOnInTheNextEpoch) {
  StepTrainer trainer;
  trainer.plan(30);
  for (int step = 0; step <= 10; ++step) trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "step 10 of epoch 1: 0 to 10 of 0 to 10");
}

TEST(StepWorkerDeathTest, RefusesAPlanWithAGap) {
  StepTrainer trainer;
  trainer.plan(4);
  EXPECT_DEATH(trainer.worker().receive(Plan{2, 5, 9, 0, 5}), "check failed");
  EXPECT_DEATH(trainer.worker().receive(Plan{2, 3, 9, 0, 5}), "check failed");
  EXPECT_DEATH(trainer.worker().receive(Plan{2, 4, 4, 0, 5}), "check failed");
}

TEST(StepWorkerDeathTest, IsDoneOnlyWithStepsTaken) {
  StepTrainer trainer;
  trainer.plan(4);
  trainer.step(0s, 1s);
  EXPECT_DEATH(trainer.done(2s), "check failed");
}

// ---- requests

TEST(StepWorker, AsksForItsFirstPlanAtOnce) {
  StepTrainer trainer;
  EXPECT_EQ(trainer.take(0s), Words{"request from 0 on, lead 1"});
}

TEST(StepWorker, AsksOnceForAPlan) {
  StepTrainer trainer;
  trainer.take(0s);
  EXPECT_EQ(trainer.take(1s), Words{});
  EXPECT_EQ(trainer.take(100s), Words{});
}

TEST(StepWorker, AsksBeforeItTakesTheLastStepPlanned) {
  StepTrainer trainer;
  trainer.plan(4);
  for (int step = 0; step < 3; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 4 on, lead 1"});
  EXPECT_EQ(trainer.last_taken(), "step 3 of epoch 0: 30 to 40 of 30 to 40");
}

TEST(StepWorker, AsksForNothingBeyondTheLastStep) {
  StepTrainer trainer;
  trainer.plan(30);
  for (int step = 0; step < 30; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{});
}

// A trainer whose first plan, of four steps, is followed by one that comes only when it has no step
// left to take.
StepTrainer surprised() {
  StepWorkerOptions options = step_options();
  options.line.steps = 1000;
  StepTrainer trainer(options);
  trainer.plan(4);
  for (int step = 0; step <= 4; ++step) trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "none");
  trainer.plan(10);
  return trainer;
}

TEST(StepWorker, AsksAStepEarlierAfterAPlanThatCameTooLate) {
  StepTrainer trainer = surprised();
  for (int step = 4; step < 8; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 10 on, lead 2"});
}

TEST(StepWorker, AsksEarlierAndEarlierWhileItsPlansComeTooLate) {
  StepTrainer trainer = surprised();
  for (int step = 4; step <= 10; ++step) trainer.take(0s);
  ASSERT_EQ(trainer.last_taken(), "none");
  trainer.plan(20);
  for (int step = 10; step < 17; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 20 on, lead 3"});
}

// A trainer of steps of a second that has waited so long for the plan after its first ten steps.
StepTrainer kept_waiting(Duration wait) {
  StepWorkerOptions options = step_options();
  options.line.steps = 1000;
  StepTrainer trainer(options);
  trainer.plan(10);
  for (int step = 0; step < 10; ++step) trainer.step(step * 1s, step * 1s + 1s);
  trainer.take(10s);
  trainer.plan(100);
  trainer.take(10s + wait);
  return trainer;
}

TEST(StepWorker, AsksAsManyStepsEarlierAsAPlanCameTooLate) {
  StepTrainer trainer = kept_waiting(2s);
  for (int step = 11; step < 97; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 100 on, lead 3"});
}

TEST(StepWorker, AsksFourTimesAsEarlyAtMostAfterAStandstill) {
  StepTrainer trainer = kept_waiting(500s);
  for (int step = 11; step < 96; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 100 on, lead 4"});
}

TEST(StepWorker, AsksNoEarlierAfterAPlanThatCameInTime) {
  StepTrainer trainer = surprised();
  for (int step = 4; step < 10; ++step) trainer.take(0s);
  trainer.plan(20);  // two steps after the request
  for (int step = 10; step < 18; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 20 on, lead 2"});
}

TEST(StepWorker, ForgetsInSomeTenRequestsThatAPlanCameLate) {
  StepTrainer trainer = surprised();
  std::vector<std::int32_t> leads;
  for (std::int64_t planned_until = 10; leads.size() < 10;) {
    if (trainer.take(0s).empty()) continue;
    leads.push_back(trainer.report().lead_steps);
    planned_until += 10;
    trainer.plan(planned_until);  // a step after the request
  }
  EXPECT_EQ(leads, (std::vector<std::int32_t>{2, 2, 2, 2, 2, 2, 2, 1, 1, 1}));
}

TEST(StepWorker, LearnsNothingFromAPlanThatItHasNotAskedFor) {
  StepTrainer trainer;
  trainer.plan(4);
  for (int step = 0; step < 3; ++step) trainer.take(0s);
  trainer.plan(10);
  for (int step = 3; step < 9; ++step) EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request from 10 on, lead 1"});
}

// ---- reports

TEST(StepWorker, ReportsAtMostOncePerInterval) {
  StepTrainer trainer;
  trainer.take(0s);  // a request is a report
  trainer.plan(20);
  EXPECT_EQ(trainer.step(0ms, 300ms), Words{});
  EXPECT_EQ(trainer.step(300ms, 999ms), Words{});
  EXPECT_EQ(trainer.step(999ms, 1000ms), Words{"steps 0 to 3"});
  EXPECT_EQ(trainer.step(1000ms, 1999ms), Words{});
  EXPECT_EQ(trainer.step(1999ms, 2100ms), Words{"steps 3 to 5"});
}

TEST(StepWorker, ReportsTheFirstStepAtOnce) {
  StepTrainer trainer;
  trainer.plan(20);
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{"steps 0 to 1"});
}

TEST(StepWorker, ReportsWhenAReportIsFull) {
  StepTrainer trainer;
  trainer.take(0s);
  trainer.plan(30);
  for (int step = 0; step < 15; ++step) EXPECT_EQ(trainer.step(0s, 0s), Words{}) << step;
  EXPECT_EQ(trainer.step(0s, 0s), Words{"steps 0 to 16"});
  EXPECT_EQ(trainer.step(0s, 0s), Words{});
}

TEST(StepWorker, MergesItsRequestWithItsProgress) {
  StepTrainer trainer;
  trainer.take(0s);
  trainer.plan(3);
  trainer.step(0s, 0s);
  trainer.step(0s, 0s);
  EXPECT_EQ(trainer.take(0s), Words{"steps 0 to 2, request from 3 on, lead 1"});
  EXPECT_EQ(trainer.done(999ms), Words{});  // that was a report
  trainer.plan(10);
  EXPECT_EQ(trainer.step(999ms, 1s), Words{"steps 2 to 4"});
}

TEST(StepWorker, LeavesAReportToTheRequestThatFollowsIt) {
  StepTrainer trainer;
  trainer.take(0s);
  trainer.plan(2);
  EXPECT_EQ(trainer.step(0s, 10s), Words{});  // due
  EXPECT_EQ(trainer.take(10s), Words{"steps 0 to 1, request from 2 on, lead 1"});
}

TEST(StepWorker, ReportsAFullReportThoughARequestFollows) {
  StepTrainer trainer;
  trainer.take(0s);
  trainer.plan(17);
  for (int step = 0; step < 15; ++step) trainer.step(0s, 0s);
  EXPECT_EQ(trainer.step(0s, 0s), Words{"steps 0 to 16"});
  EXPECT_EQ(trainer.take(0s), Words{"request from 17 on, lead 1"});
}

TEST(StepWorker, MayTakeStepsBeforeEarlierOnesAreDone) {
  StepTrainer trainer;
  trainer.take(0s);
  trainer.plan(10);
  for (int step = 0; step < 3; ++step) trainer.take(0s);
  EXPECT_EQ(trainer.worker().steps_done(), 0);
  EXPECT_EQ(trainer.done(300ms), Words{});
  EXPECT_EQ(trainer.done(700ms), Words{});
  EXPECT_EQ(trainer.done(1s), Words{"steps 0 to 3"});
  EXPECT_EQ(trainer.worker().steps_done(), 3);
}

// ---- the end

TEST(StepWorker, SaysFarewellAfterTheLastStepIsDone) {
  StepWorkerOptions options = step_options();
  options.line.steps = 3;
  StepTrainer trainer(options);
  trainer.plan(3);
  for (int step = 0; step < 3; ++step) {
    EXPECT_FALSE(trainer.worker().finished());
    EXPECT_EQ(trainer.take(0s), Words{});
  }
  EXPECT_TRUE(trainer.worker().finished());  // there is nothing more to take
  EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.last_taken(), "none");
  EXPECT_EQ(trainer.done(1ms), Words{"steps 0 to 1"});
  EXPECT_EQ(trainer.done(2ms), Words{});
  EXPECT_EQ(trainer.done(3ms), (Words{"steps 1 to 3", "farewell"}));
}

TEST(StepWorker, TakesNoStepOnceTheJobIsGivenUp) {
  StepTrainer trainer;
  trainer.plan(10);
  trainer.step(0s, 0s);
  trainer.worker().receive(Finish{});
  EXPECT_TRUE(trainer.worker().finished());
  EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.last_taken(), "none");
}

TEST(StepWorker, AsksForNothingOnceTheJobIsGivenUp) {
  StepTrainer trainer;
  trainer.worker().receive(Finish{});
  EXPECT_EQ(trainer.take(0s), Words{});
}

TEST(StepWorker, LeavesAfterReportingItsSteps) {
  StepTrainer trainer;
  trainer.plan(10);
  trainer.step(0s, 0s);
  trainer.step(0s, 1ms);
  EXPECT_EQ(trainer.leave(2ms), (Words{"steps 1 to 2", "leave"}));
  EXPECT_TRUE(trainer.worker().given_up());
  EXPECT_FALSE(trainer.worker().has_step());
  EXPECT_EQ(trainer.leave(3ms), Words{});
}

TEST(StepWorker, HasNothingToLeaveAfterItsLastStep) {
  StepTrainer trainer;
  trainer.plan(30);
  for (int step = 0; step < 30; ++step) trainer.step(step * 1s, step * 1s);
  EXPECT_EQ(trainer.leave(30s), Words{});
  EXPECT_FALSE(trainer.worker().given_up());
}

TEST(StepWorker, HasAStepAsLongAsOneIsPlanned) {
  StepTrainer trainer;
  EXPECT_FALSE(trainer.worker().has_step());
  trainer.plan(1);
  EXPECT_TRUE(trainer.worker().has_step());
  trainer.take(0s);
  EXPECT_FALSE(trainer.worker().has_step());
}

TEST(StepWorker, ShowsLifeWithoutAStep) {
  StepTrainer trainer;
  trainer.plan(10);
  trainer.take(0s);
  EXPECT_EQ(trainer.show_life(5s), Words{"steps 0 to 0"});
}

TEST(StepWorker, BeginsWhereAnEarlierJobEnded) {
  StepWorkerOptions options = step_options();
  options.line.first_step = 12;
  StepWorker worker(options);
  WorkerOutbox<StepMode> outbox;
  EXPECT_EQ(worker.next(Instant(), outbox), std::nullopt);
  EXPECT_EQ(std::get<StepReport>(outbox.front()).planned_until, 12);
  worker.receive(Plan{1, 12, 30, 0, 5});
  const std::optional<PlannedStep> step = worker.next(Instant(), outbox);
  EXPECT_EQ(step->number, 12);
  EXPECT_EQ(step->batch, (Interval{Position(20), Position(30)}));
  EXPECT_EQ(step->pass, pass_of(1));
}

TEST(StepWorker, IsPausedWhileItsAgentTakesStepsForIt) {
  StepTrainer trainer;
  trainer.plan(10);
  trainer.take(0s);
  EXPECT_EQ(trainer.pause(60s, 1s), Words{"pause of 60 s"});
  WorkerOutbox<StepMode> outbox;
  EXPECT_TRUE(trainer.worker().take(Instant(2s), outbox));
  trainer.worker().resume(Instant(5s));
  trainer.worker().done(5, std::nullopt, Instant(6s), outbox);
  const auto& report = std::get<StepReport>(outbox.back());
  EXPECT_EQ(report.paused, Duration(4s));
  EXPECT_EQ(report.times[0].local_s, 2.0F);
}

TEST(StepWorker, SaysNothingMoreOnceItHasClosed) {
  StepTrainer trainer;
  trainer.plan(30);
  for (int step = 0; step < 30; ++step) trainer.step(step * 1s, step * 1s);
  EXPECT_EQ(trainer.pause(5s, 30s), Words{"pause of 5 s"});
  WorkerOutbox<StepMode> outbox;
  trainer.worker().close(false, outbox);
  trainer.worker().close(false, outbox);
  ASSERT_EQ(outbox.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Close>(outbox[0]));
  EXPECT_EQ(trainer.pause(5s, 30s), Words{});
}

}  // namespace
}  // namespace evenkeel

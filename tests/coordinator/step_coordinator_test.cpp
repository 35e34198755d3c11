#include "coordinator/step_coordinator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "coordinator/step_conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Two workers with a plan for all thirty steps, five samples each.
class StepCoordination : public testing::Test {
 protected:
  StepCoordination() : dataset(dataset_of(100)), talk(dataset, step_options_of(2)) {
    talk.say(1, plan_request(0, 30));
  }

  Dataset dataset;
  StepConversation talk;
};

// ---- steps

TEST_F(StepCoordination, IsDoneWithAStepWhenAllHaveReportedIt) {
  talk.say(1, one_step(0, 1, 0, 5));
  EXPECT_EQ(talk.coordinator().job().steps, 0);
  EXPECT_EQ(talk.coordinator().job().samples_done, 5);
  talk.say(2, one_step(0, 1, 0, 5));
  EXPECT_EQ(talk.coordinator().job().steps, 1);
  EXPECT_EQ(talk.coordinator().job().samples_done, 10);
  EXPECT_EQ(talk.coordinator().job().cost_done, 10);
}

TEST_F(StepCoordination, RecordsThePartsDone) {
  EXPECT_EQ(talk.say(2, one_step(0, 2, 1, 5, 8s)),
            Words{"span of rank 2: lease 0 of epoch 0, 5 to 10, 5 s to 8 s"});
}

TEST_F(StepCoordination, RecordsEachOfSeveralStepsInItsOwnTime) {
  StepReport report = one_step(0, 2, 1, 5, 8s);
  report.steps = 2;
  report.times[0].ended_s = 3;
  report.times[1] = {1.5F, 0.5F, 5, 0};
  EXPECT_EQ(talk.say(1, report),
            (Words{"span of rank 1: lease 0 of epoch 0, 0 to 5, 2 s to 5 s",
                   "span of rank 1: lease 1 of epoch 0, 10 to 15, 6 s to 8 s"}));
}

TEST_F(StepCoordination, RecordsNothingOfAPartThatIsEmpty) {
  CoordinatorOptions options = step_options_of(11);
  StepConversation eleven(dataset, options);
  eleven.say(1, plan_request(0));
  EXPECT_EQ(eleven.say(11, one_step(0, 0, 1, 0)), Words{});
  EXPECT_EQ(eleven.worker(11).steps, 1);
  EXPECT_EQ(eleven.worker(11).samples, 0);
}

TEST_F(StepCoordination, KnowsTheEpochOfTheFirstStepThatIsNotDone) {
  for (std::int64_t step = 0; step < 10; ++step) talk.say(1, one_step(step, 1, 0, 5));
  for (std::int64_t step = 0; step < 9; ++step) talk.say(2, one_step(step, 1, 0, 5));
  EXPECT_EQ(talk.coordinator().pass(), pass_of(0));
  talk.say(2, one_step(9, 1, 0, 5));
  EXPECT_EQ(talk.coordinator().pass(), pass_of(1));
}

// ---- the end

class LastStep : public StepCoordination {
 protected:
  LastStep() {
    for (std::int64_t step = 0; step < 29; ++step) {
      for (const int rank : {1, 2}) talk.say(rank, one_step(step, 1, 0, 5, 1s));
    }
    talk.say(1, one_step(29, 1, 0, 5, 3s), 3s);
  }
};

TEST_F(LastStep, EndsTheJobOnceAllHaveReportedIt) {
  EXPECT_FALSE(talk.coordinator().finished());
  talk.say(2, one_step(29, 1, 0, 5, 2s), 3s);
  EXPECT_TRUE(talk.coordinator().finished());
  EXPECT_EQ(talk.coordinator().job().samples_done, 300);
  EXPECT_EQ(talk.coordinator().pass(), pass_of(2));
}

TEST_F(LastStep, EndsTheJobWhenTheLastWorkerHasDoneIt) {
  talk.say(2, one_step(29, 1, 0, 5, 2s), 3s);
  EXPECT_EQ(talk.coordinator().job().last_end, Instant(3s));
}

TEST_F(LastStep, IsFollowedByFarewells) {
  talk.say(1, Farewell{}, 3s);
  talk.say(1, Close{}, 3s);
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
  talk.say(2, one_step(29, 1, 0, 5, 3s), 3s);
  EXPECT_FALSE(talk.coordinator().released());
  talk.say(2, Farewell{}, 3s);
  talk.say(2, Close{}, 3s);
  EXPECT_TRUE(talk.coordinator().released());
  EXPECT_EQ(talk.next_wake(), std::nullopt);
}

TEST_F(LastStep, IsNotWaitedForLongOnceOnlyAFarewellIsMissing) {
  talk.say(1, Farewell{}, 3s);
  talk.say(1, Close{}, 3s);
  talk.say(2, one_step(29, 1, 0, 5, 3s), 3s);
  EXPECT_EQ(talk.next_wake(), 8s);
  talk.wake(8s);
  EXPECT_TRUE(talk.coordinator().released());
  EXPECT_FALSE(talk.coordinator().deserted());
  EXPECT_EQ(talk.worker(2).state, WorkerState::lost);
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
}

// ---- what no correct worker says

TEST_F(StepCoordination, RefusesStepsThatAreReportedAlready) {
  talk.say(1, one_step(0, 1, 0, 5));
  EXPECT_EQ(talk.protest(1, one_step(0, 1, 0, 5)),
            "rank 1 reports 1 steps from 0 on, but it has reported 1, and 30 are planned");
}

TEST_F(StepCoordination, RefusesStepsAfterOnesThatAreNotReported) {
  EXPECT_EQ(talk.protest(2, one_step(1, 1, 0, 5)),
            "rank 2 reports 1 steps from 1 on, but it has reported 0, and 30 are planned");
}

TEST_F(StepCoordination, RefusesAStepThatCannotBe) {
  const std::int64_t step = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(talk.protest(2, one_step(step, 1, 0, 5)), "");
}

TEST_F(StepCoordination, CutsTimesThatCannotBeAndNamesThem) {
  StepReport report = one_step(0, 1e8F, 2, 5, 9s);
  report.data = report.paused = report.waited_for_plan = 24h * 365;
  EXPECT_EQ(talk.say(1, report, 10s).front(), "rank 1: 1e+08 s cannot be, 610 s count");
  EXPECT_EQ(talk.worker(1).busy, 610s);
  for (const Duration time : {talk.worker(1).data, talk.worker(1).waited_for_coordinator}) {
    EXPECT_EQ(time, 610s);
  }
}

TEST_F(StepCoordination, RefusesStepsThatAreNotPlanned) {
  StepConversation unplanned(dataset, step_options_of(2));
  unplanned.say(1, plan_request(0));
  StepReport report = one_step(0, 1, 0, 5);
  report.steps = 2;
  EXPECT_EQ(unplanned.protest(1, report),
            "rank 1 reports 2 steps from 0 on, but it has reported 0, and 1 are planned");
}

TEST_F(StepCoordination, RefusesACostForNoSamples) {
  StepConversation eleven(dataset, step_options_of(11));
  eleven.say(1, plan_request(0));
  EXPECT_EQ(eleven.protest(11, one_step(0, 1, 0, 5)),
            "rank 11 reports a cost of 5 for 0 samples of step 0");
}

TEST_F(StepCoordination, RefusesSamplesWithoutACost) {
  EXPECT_EQ(talk.protest(1, one_step(0, 1, 0, 0)),
            "rank 1 reports a cost of 0 for 5 samples of step 0");
}

TEST_F(StepCoordination, RefusesAStandInBesideAPart) {
  StepReport report = one_step(0, 1, 0, 5);
  report.times[0].stand_in = 8;
  EXPECT_EQ(talk.protest(1, report), "rank 1 reports a stand-in of 8 samples beside 5 of step 0");
}

TEST_F(StepCoordination, RefusesARequestForStepsThatTheJobDoesNotHave) {
  EXPECT_EQ(talk.protest(2, plan_request(30)),
            "rank 2 asks for steps from 30 on, but the job has 30");
}

TEST_F(StepCoordination, RefusesAFarewellBeforeTheLastStep) {
  EXPECT_EQ(talk.protest(2, Farewell{}), "rank 2 leaves unbidden");
}

TEST_F(LastStep, RefusesASecondFarewell) {
  talk.say(1, Farewell{});
  talk.say(1, Close{});
  EXPECT_EQ(talk.protest(1, Farewell{}), "rank 1 leaves unbidden");
}

TEST_F(StepCoordination, RefusesWordsOfARankThatIsNoWorker) {
  EXPECT_EQ(talk.protest(0, plan_request(0)), "rank 0 is not a worker of this job");
  EXPECT_EQ(talk.protest(3, plan_request(0)), "rank 3 is not a worker of this job");
}

// ---- silence

TEST_F(StepCoordination, WaitsTenMinutesForTheFirstStep) {
  EXPECT_EQ(talk.next_wake(), 600s);
  talk.wake(600s - 1ns);
  EXPECT_FALSE(talk.coordinator().deserted());
  talk.wake(600s);
  EXPECT_TRUE(talk.coordinator().deserted());
  EXPECT_FALSE(talk.coordinator().finished());
}

TEST_F(StepCoordination, WaitsForEightOfTheLongestSteps) {
  talk.say(1, one_step(0, 2, 0, 5), 2s);
  EXPECT_EQ(talk.next_wake(), 18s);
  talk.say(1, one_step(1, 1, 0, 5), 3s);
  EXPECT_EQ(talk.next_wake(), 19s);
}

TEST_F(StepCoordination, WaitsForEightStepsWithTheirAllReduce) {
  talk.say(1, one_step(0, 1, 9, 5), 10s);
  EXPECT_EQ(talk.next_wake(), 18s);
  talk.say(2, one_step(0, 2, 8, 5), 10s);
  EXPECT_EQ(talk.next_wake(), 90s);
}

TEST_F(StepCoordination, GoesOnAsLongAsSomebodySpeaks) {
  talk.say(1, one_step(0, 1, 0, 5), 1s);
  for (std::int64_t step = 1; step < 20; ++step) {
    talk.wake(step * 7s);
    talk.say(1, one_step(step, 1, 0, 5), step * 7s);
  }
  EXPECT_FALSE(talk.coordinator().deserted());
  talk.wake(19 * 7s + 8s);
  EXPECT_TRUE(talk.coordinator().deserted());
}

TEST_F(StepCoordination, IsNotDesertedAnyMoreOnceSomebodySpeaks) {
  talk.wake(600s);
  talk.say(2, one_step(0, 1, 0, 5), 601s);
  EXPECT_FALSE(talk.coordinator().deserted());
}

TEST_F(StepCoordination, HoldsAStandstillOfRankZeroAgainstNobody) {
  talk.wake(601s + 1ns);
  EXPECT_FALSE(talk.coordinator().deserted());
  EXPECT_EQ(talk.next_wake(), 1201s + 1ns);
  talk.wake(1202s);
  EXPECT_TRUE(talk.coordinator().deserted());
}

TEST_F(StepCoordination, WaitsAsLongAsTheUserSays) {
  CoordinatorOptions options = step_options_of(2);
  options.lease_deadline = 2s;
  StepConversation impatient(dataset, options);
  EXPECT_EQ(impatient.next_wake(), 2s);
  impatient.say(1, plan_request(0), 1s);
  EXPECT_EQ(impatient.next_wake(), 3s);
}

// Both have done a step of a second; the deadline is eight seconds.
class Pausing : public StepCoordination {
 protected:
  Pausing() {
    for (const int rank : {1, 2}) talk.say(rank, one_step(0, 1, 0, 5), 1s);
  }
};

TEST_F(Pausing, LengthensTheDeadline) {
  EXPECT_EQ(talk.say(1, Pause{100s}, 1s), Words{});
  EXPECT_EQ(talk.next_wake(), 109s);
  talk.wake(109s);
  EXPECT_TRUE(talk.coordinator().deserted());
}

TEST_F(Pausing, IsOverWhenTheWorkerSpeaks) {
  talk.say(1, Pause{100s}, 1s);
  talk.say(1, one_step(1, 1, 0, 5), 2s);
  EXPECT_EQ(talk.next_wake(), 10s);
}

TEST_F(Pausing, IsNotOverWhenOthersReportTheStepBefore) {
  talk.say(1, one_step(1, 1, 0, 5), 2s);
  talk.say(1, Pause{100s}, 2s);
  talk.say(2, one_step(1, 1, 0, 5), 2s);
  EXPECT_EQ(talk.next_wake(), 110s);
}

TEST_F(Pausing, LastsAsLongAsTheLongestForeseen) {
  talk.say(1, Pause{100s}, 1s);
  talk.say(2, Pause{10s}, 1s);
  EXPECT_EQ(talk.next_wake(), 109s);
  talk.say(2, one_step(1, 1, 0, 5), 2s);
  EXPECT_EQ(talk.next_wake(), 110s);
  talk.say(1, one_step(1, 1, 0, 5), 3s);
  EXPECT_EQ(talk.next_wake(), 11s);
}

TEST_F(Pausing, MayBeFollowedByAnother) {
  talk.say(1, Pause{100s}, 1s);
  talk.say(1, Pause{10s}, 2s);
  EXPECT_EQ(talk.next_wake(), 20s);
  talk.say(1, one_step(1, 1, 0, 5), 3s);
  EXPECT_EQ(talk.next_wake(), 11s);
}

// ---- workers that leave

TEST_F(StepCoordination, IsGivenUpWhenAWorkerLeaves) {
  EXPECT_FALSE(talk.coordinator().given_up());
  EXPECT_EQ(talk.say(2, Leave{}, 1s), Words{"event: rank 2 lost, 0 samples"});
  EXPECT_TRUE(talk.coordinator().given_up());
  EXPECT_EQ(talk.worker(2).state, WorkerState::left);
  EXPECT_EQ(talk.say(2, Leave{}, 2s), Words{});
}

TEST_F(LastStep, IsDoneThoughAWorkerLeavesAfterIt) {
  talk.say(1, Farewell{}, 3s);
  talk.say(1, Close{}, 3s);
  talk.say(2, one_step(29, 1, 0, 5, 3s), 3s);
  talk.say(2, Leave{}, 4s);
  EXPECT_FALSE(talk.coordinator().given_up());
  EXPECT_TRUE(talk.coordinator().released());
}

// ---- going on with an earlier job

TEST(StepCoordinator, BeginsWhereAnEarlierJobEnded) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.first_step = 27;
  StepConversation talk(dataset, options);
  EXPECT_EQ(talk.coordinator().job().samples, 30);
  talk.say(1, plan_request(27), 0s);
  talk.say(2, plan_request(27), 0s);
  talk.wake(0s);
  EXPECT_EQ(talk.steps().plans, 1);
  EXPECT_EQ(talk.protest(1, one_step(0, 1, 0, 5)),
            "rank 1 reports 1 steps from 0 on, but it has reported 27, and 28 are planned");
  talk.say(1, one_step(27, 1, 0, 5), 1s);
  EXPECT_EQ(talk.coordinator().job().steps, 0);
  talk.say(2, one_step(27, 1, 0, 5), 1s);
  EXPECT_EQ(talk.coordinator().job().steps, 1);
  EXPECT_EQ(talk.coordinator().job().samples_done, 10);
  EXPECT_EQ(talk.coordinator().pass(), pass_of(2));
}

}  // namespace
}  // namespace evenkeel

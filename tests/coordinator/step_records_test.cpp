#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "balance/speed_model.h"
#include "coordinator/step_conversation.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A step of ten samples that took four seconds: the first worker was twice as slow.
class OneStep : public testing::Test {
 protected:
  OneStep() : dataset(dataset_of(100)), talk(dataset, step_options_of(2)) {
    talk.say(1, plan_request(0));
    StepReport slow = one_step(0, 3, 1, 5, 4s);
    slow.data = 2s;
    talk.say(1, slow, 4s);
    StepReport fast = one_step(0, 1.5F, 2.5F, 5, 4s);
    fast.waited_for_plan = 7s;
    fast.paused = 9s;
    talk.say(2, fast, 4s);
  }

  Dataset dataset;
  StepConversation talk;
};

TEST_F(OneStep, SaysWhereTheTimeOfEveryWorkerWent) {
  const WorkerRecord slow = talk.worker(1);
  EXPECT_EQ(slow.busy, Duration(3s));
  EXPECT_EQ(slow.data, Duration(2s));
  EXPECT_EQ(slow.comm, Duration(1s));
  EXPECT_EQ(slow.waited_for_others, Duration(0));
  EXPECT_EQ(slow.waited_for_coordinator, Duration(0));
  EXPECT_EQ(slow.paused, Duration(0));
  EXPECT_EQ(slow.starting, Duration(0));
  const WorkerRecord fast = talk.worker(2);
  EXPECT_EQ(fast.busy, Duration(1500ms));
  EXPECT_EQ(fast.data, Duration(0));
  EXPECT_EQ(fast.comm, Duration(1s));
  EXPECT_EQ(fast.waited_for_others, Duration(1500ms));
  EXPECT_EQ(fast.waited_for_coordinator, Duration(7s));
  EXPECT_EQ(fast.paused, Duration(9s));
}

TEST_F(OneStep, SaysForWhomTheOthersWaited) {
  EXPECT_EQ(talk.worker(1).times_last, 1);
  EXPECT_EQ(talk.worker(2).times_last, 0);
}

TEST_F(OneStep, SaysWhatEveryWorkerHasDone) {
  const WorkerRecord record = talk.worker(2);
  EXPECT_EQ(record.state, WorkerState::working);
  EXPECT_EQ(record.samples, 5);
  EXPECT_EQ(record.cost, 5);
  EXPECT_EQ(record.steps, 1);
  EXPECT_EQ(record.step_samples, 5);
  EXPECT_EQ(record.last_end, Instant(4s));
  EXPECT_NEAR(record.speed, 5 / 1.5, 1e-9);
}

TEST_F(OneStep, SaysHowLongStepsTake) {
  EXPECT_EQ(talk.steps().median_s, 4);
  EXPECT_EQ(talk.steps().p95_s, 4);
  EXPECT_EQ(talk.steps().plans, 1);
}

TEST_F(OneStep, BoundsAStepByTheBestDivisionAndTheAllReduce) {
  EXPECT_NEAR(talk.steps().bound_s, 7 / (5 / 1.5) + 1, 1e-9);  // three samples and seven
}

TEST_F(OneStep, BoundsTheJobByTheSpeedsAndTheAllReduce) {
  EXPECT_NEAR(talk.coordinator().job().bound_s, 10 / (5 / 3.0 + 5 / 1.5) + 1, 1e-9);
}

TEST_F(OneStep, ModelsAnEqualStepThatItHasNotMeasured) {
  EXPECT_FALSE(talk.steps().equal_measured);
  EXPECT_NEAR(talk.steps().equal_s, 4, 1e-9);
}

TEST_F(OneStep, KnowsTheImbalance) { EXPECT_NEAR(talk.steps().imbalance, (3 - 2.25) / 2.25, 1e-9); }

TEST_F(OneStep, CountsMessagesBothWays) { EXPECT_EQ(talk.coordinator().job().messages, 3 + 2); }

TEST(StepRecord, KnowsNothingBeforeTheFirstStep) {
  const Dataset dataset = dataset_of(100);
  const StepConversation talk(dataset, step_options_of(2));
  EXPECT_EQ(talk.steps().median_s, 0);
  EXPECT_EQ(talk.steps().bound_s, 0);
  EXPECT_EQ(talk.steps().equal_s, 0);
  EXPECT_EQ(talk.steps().imbalance, 0);
  EXPECT_EQ(talk.coordinator().job().bound_s, 0);
  EXPECT_EQ(talk.worker(1).speed, 0);
}

TEST(StepRecord, TellsWhatAReplayedPlanGivesToEveryWorker) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.micro_batch = 2;
  options.step->most = 5;
  options.step->replay = {{0, 1, {4, 1}, {}}, {1, 30, {3, 2}, {}}};
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0));
  EXPECT_EQ(talk.worker(1).step_samples, 8);
  EXPECT_EQ(talk.worker(2).step_samples, 2);
  talk.say(1, one_step(0, 4, 0, 8));
  talk.say(2, one_step(0, 4, 0, 2));
  talk.say(1, plan_request(1));
  talk.say(2, plan_request(1));
  EXPECT_EQ(talk.worker(1).step_samples, 6);
  EXPECT_EQ(talk.worker(2).step_samples, 4);
  EXPECT_NEAR(talk.steps().bound_s, 4, 1e-9);  // of the best division, replayed or not
}

// Batches of four samples, the first of which costs as much as eight of the others.
class StepsByCost : public testing::Test {
 protected:
  StepsByCost()
      : dataset(Dataset::cut(manifest_of_sample_costs({8, 1, 1, 1, 8, 1, 1, 1, 8, 1}, 1), 10)),
        options(step_options_of(2)) {
    options.order.shuffle = Shuffle::none;
    options.step->line = {.samples = 10, .global_batch = 4, .steps = 4};
    options.step->most = 4;
    options.step->by_cost = true;
  }

  Dataset dataset;
  CoordinatorOptions options;
};

TEST_F(StepsByCost, TellWhatTheyGiveToEveryWorkerInTheMean) {
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0, 3));
  EXPECT_EQ(talk.worker(1).step_samples, 1);  // three of ten samples, of which four are a batch
  EXPECT_EQ(talk.worker(2).step_samples, 3);
}

TEST_F(StepsByCost, TellTheSameWhenTheyAreReplayed) {
  options.step->replay = {{0, 3, {}, {{1, 0}, {1, 0}}}, {3, 4, {2, 2}, {}}};
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0, 3));
  EXPECT_EQ(talk.worker(1).step_samples, 1);
  EXPECT_EQ(talk.worker(2).step_samples, 3);
  talk.say(1, plan_request(3));
  talk.say(2, plan_request(3));
  EXPECT_EQ(talk.worker(1).step_samples, 2);
}

TEST(StepRecord, CountsWhatThereIsToDo) {
  const Dataset dataset = Dataset::cut(manifest_of({105}, {210}), 105);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.samples = 105;
  options.step->line.steps = 23;  // two epochs of eleven steps, and ten samples
  const StepConversation talk(dataset, options);
  EXPECT_EQ(talk.coordinator().job().samples, 220);
  EXPECT_EQ(talk.coordinator().job().cost, 440);
  EXPECT_EQ(talk.steps().dropped_samples, 0);
}

TEST(StepRecord, CountsTheSamplesOfPartialBatchesThatAreDropped) {
  const Dataset dataset = dataset_of(107);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.samples = 107;
  options.step->line.keeps_last = false;
  options.step->line.steps = 25;  // two epochs of ten steps, and half of another
  const StepConversation talk(dataset, options);
  EXPECT_EQ(talk.steps().dropped_samples, 14);
  EXPECT_EQ(talk.coordinator().job().samples, 250);
}

// The first step is warm-up, and one step and a half an epoch.
TEST(StepRecord, MeasuresWholeStepsThatAreDividedEqually) {
  const Dataset dataset = dataset_of(15);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.samples = 15;
  options.warmup_steps = 1;
  options.step->baseline = true;
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0, 30));
  const auto step = [&](std::int64_t number, float seconds, float first, float second) {
    talk.say(1, one_step(number, seconds, 0, first));
    talk.say(2, one_step(number, seconds, 0, second));
  };
  step(0, 9, 5, 5);  // warm-up
  EXPECT_FALSE(talk.steps().equal_measured);
  step(1, 8, 2, 3);  // half a batch
  EXPECT_FALSE(talk.steps().equal_measured);
  for (const std::int64_t number : {2, 4, 6}) {
    step(number, 3, 5, 5);
    step(number + 1, 8, 2, 3);
    EXPECT_TRUE(talk.steps().equal_measured) << number;
  }
  EXPECT_EQ(talk.steps().equal_s, 3);
  EXPECT_EQ(talk.steps().equal_begin, 1);
  EXPECT_EQ(talk.steps().equal_end, 8);
}

TEST(StepRecord, MeasuresNoEqualStepsOnceTheirTimeIsKnown) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(1);
  options.step->baseline = true;
  StepConversation talk(dataset, options);
  for (std::int64_t step = 0; step < 30; ++step) {
    talk.say(1, plan_request(step));
    talk.say(1, one_step(step, step < 3 ? 2.0F : 1.0F, 0, 10));
  }
  EXPECT_EQ(talk.steps().equal_s, 2);
  EXPECT_EQ(talk.steps().equal_end, 3);
  EXPECT_EQ(talk.steps().median_s, 1);
}

// The second worker is twenty times slower, and the job short.
TEST(StepRecord, MeasuresOneEqualStepIfMoreWouldBeTooDear) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.step->baseline = true;
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0));
  talk.say(1, one_step(0, 1, 19, 5));
  talk.say(2, one_step(0, 20, 0, 5));
  talk.say(1, plan_request(1));
  EXPECT_EQ(talk.say(2, plan_request(1)).at(0), "rank 1: plan 2 of steps 1 to 2: 10 after 0");
  EXPECT_TRUE(talk.steps().equal_measured);
  EXPECT_NEAR(talk.steps().equal_s, 20, 1e-9);
  EXPECT_EQ(talk.steps().equal_end, 1);
}

TEST(StepRecord, SaysHowLongStepsTakeSinceTheyAreBalanced) {
  const Dataset dataset = dataset_of(100);
  for (const PolicyKind policy : {PolicyKind::adaptive, PolicyKind::observe}) {
    CoordinatorOptions options = step_options_of(1);
    options.policy.kind = policy;
    options.step->baseline = true;
    StepConversation talk(dataset, options);
    for (std::int64_t step = 0; step < 6; ++step) {
      EXPECT_TRUE(step != 3 || talk.steps().median_s == 4);
      talk.say(1, plan_request(step));
      talk.say(1, one_step(step, step < 3 ? 4.0F : 1.0F, 0, 10));
    }
    const bool balances = policy == PolicyKind::adaptive;
    EXPECT_EQ(talk.steps().median_s, balances ? 1 : 4) << "observe divides all equally";
    EXPECT_EQ(talk.steps().p95_s, balances ? 1 : 4);
  }
}

// One worker under the equal split, so that no plan answers a change of its speed.
TEST(StepEvent, IsAChangeOfSpeedThatStandsOutFromTheSpreadOfTheWorker) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(1);
  options.policy.kind = PolicyKind::static_split;
  options.step->line.steps = 100;
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0, 100));
  SpeedModel model;
  int believed = 0;
  std::int64_t done = 0;
  const auto events_of_step = [&](float seconds) {
    if (model.observe(1, 10, static_cast<double>(seconds))) ++believed;
    Words words = talk.say(1, one_step(done++, seconds, 0, 10));
    std::erase_if(words, [](const std::string& word) { return !word.starts_with("event"); });
    return words;
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(events_of_step(i % 2 == 0 ? 1 : 1.3F), Words{});
  ASSERT_EQ(believed, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(events_of_step(1.75F), Words{});
  EXPECT_EQ(believed, 1);
  EXPECT_EQ(events_of_step(5), Words{});
  EXPECT_EQ(events_of_step(5), Words{"event: rank 1 slower, 8.294 to 2"});
}

}  // namespace
}  // namespace evenkeel

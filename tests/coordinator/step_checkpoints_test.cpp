#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

#include "coordinator/step_conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Checkpoint call(std::string_view tag, std::int64_t step) {
  return {CheckpointTag::from(tag).value(), step};
}

// Two workers with a plan for all thirty steps, five samples each.
class StepCheckpoints : public testing::Test {
 protected:
  StepCheckpoints() : talk(dataset, options()) { talk.say(1, plan_request(0, 30)); }

  static CoordinatorOptions options() {
    CoordinatorOptions options = step_options_of(2);
    options.keeps_checkpoints = true;
    return options;
  }

  const Dataset dataset = dataset_of(100);
  StepConversation talk;
};

TEST_F(StepCheckpoints, AreCompleteWhenOneHasCalled) {
  talk.say(1, one_step(0, 1, 0, 5));
  EXPECT_EQ(talk.say(1, call("a", 1)),
            (Words{"event: rank 1 checkpoint 'a'", "record of 'a': step 1, for rank 1"}));
}

TEST_F(StepCheckpoints, AreAnEventOnceThoughAllCall) {
  talk.say(1, call("a", 0));
  EXPECT_EQ(talk.say(2, call("a", 0)), Words{"record of 'a': step 0, for rank 2"});
  talk.say(1, one_step(0, 1, 0, 5));
  EXPECT_EQ(talk.say(1, call("a", 1)),
            (Words{"event: rank 1 checkpoint 'a'", "record of 'a': step 1, for rank 1"}));
}

TEST_F(StepCheckpoints, AreOfStepsThatAreReported) {
  EXPECT_EQ(talk.protest(1, call("a", 1)),
            "rank 1 has saved its model at step 1, but has reported 0");
}

TEST(StepCheckpoint, IsUnrecordedWithoutALedger) {
  const Dataset dataset = dataset_of(100);
  StepConversation talk(dataset, step_options_of(2));
  EXPECT_EQ(talk.say(1, call("a", 0)), Words{"rank 1: checkpoint 'a' unrecorded"});
}

TEST(StepJobWithNothingLeft, IsOverWhenAllHaveSaidFarewell) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.step->line.first_step = options.step->line.steps;
  StepConversation talk(dataset, options);
  EXPECT_TRUE(talk.coordinator().finished());
  EXPECT_EQ(talk.coordinator().job().samples, 0);
  EXPECT_EQ(talk.coordinator().job().samples_before, 300);
  talk.say(1, Farewell{});
  talk.say(1, Close{});
  talk.say(2, Farewell{});
  talk.say(2, Close{});
  EXPECT_TRUE(talk.coordinator().released());
  EXPECT_EQ(talk.steps().equal_s, 0);
}

TEST(StepCheckpoint, IsRecordedAfterTheLastStep) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.keeps_checkpoints = true;
  options.step->line.first_step = options.step->line.steps;
  StepConversation talk(dataset, options);
  talk.say(1, Farewell{}, 1s);
  talk.say(2, Farewell{}, 1s);
  EXPECT_EQ(talk.say(1, call("end", 30), 2s),
            (Words{"event: rank 1 checkpoint 'end'", "record of 'end': step 30, for rank 1"}));
  talk.say(1, Close{}, 2s);
  EXPECT_EQ(talk.wake(7s), Words{"rank 2: closed"});
  EXPECT_TRUE(talk.coordinator().released());
  EXPECT_EQ(talk.worker(2).state, WorkerState::finished);
}

}  // namespace
}  // namespace evenkeel

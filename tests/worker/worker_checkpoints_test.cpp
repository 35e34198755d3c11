#include <gtest/gtest.h>

#include <chrono>

#include "worker/step_trainer.h"
#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

CheckpointAnswer answer(std::string_view tag, CheckpointState state) {
  return {CheckpointTag::from(tag).value(), state};
}

TEST(WorkerCheckpoint, FollowsTheReportOfWhatIsInIt) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.step(0ms, 1ms);  // not reported yet
  EXPECT_EQ(trainer.call_checkpoint("a", 2ms),
            (Words{"lease 1: 10 to 20, 1 steps", "checkpoint 'a' at -1"}));
  EXPECT_TRUE(trainer.is_called());
  EXPECT_EQ(trainer.worker().take_checkpoint_answer(), std::nullopt);
}

TEST(WorkerCheckpoint, IsAnsweredOnce) {
  Trainer trainer;
  trainer.call_checkpoint("a", 0s);
  WorkerOutbox<LeaseMode> out;
  trainer.worker().receive(answer("a", CheckpointState::pending), Instant(1s), out);
  EXPECT_EQ(trainer.worker().take_checkpoint_answer(), CheckpointState::pending);
  EXPECT_EQ(trainer.worker().take_checkpoint_answer(), std::nullopt);
}

TEST(WorkerCheckpoint, CountsAsAPause) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.call_checkpoint("a", 10s);
  WorkerOutbox<LeaseMode> out;
  trainer.worker().receive(answer("a", CheckpointState::complete), Instant(14s), out);
  trainer.take(15s);  // and asks for more
  const Report report = std::get<Report>(trainer.outbox().at(0));
  EXPECT_EQ(report.paused, Duration(4s));
}

TEST(WorkerCheckpoint, IsNotCalledForWhenTheCoordinatorHasClosed) {
  Trainer trainer;
  trainer.finish(1s);
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), Words{"checkpoint 'a' at -1"});
  WorkerOutbox<LeaseMode> out;
  trainer.worker().receive(Closed{}, Instant(3s), out);
  EXPECT_TRUE(trainer.worker().has_closed());
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), Words{});
  EXPECT_FALSE(trainer.is_called());
}

TEST(StepWorkerCheckpoint, IsAtTheFirstStepThatIsNotDone) {
  StepTrainer trainer;
  trainer.plan(30, 0, 2);
  trainer.step(0s, 1s);
  trainer.step(1s, 1500ms);
  trainer.take(1500ms);  // taken, and not done
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), (Words{"steps 1 to 2", "checkpoint 'a' at 2"}));
  trainer.worker().receive(answer("a", CheckpointState::complete));
  EXPECT_EQ(trainer.worker().take_checkpoint_answer(), CheckpointState::complete);
}

TEST(StepWorkerCheckpoint, IsNotCalledForWhenTheCoordinatorHasClosed) {
  StepWorkerOptions options = step_options();
  options.line.steps = 1;
  StepTrainer trainer(options);
  trainer.plan(1, 0, 2);
  trainer.step(0s, 1s);
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), Words{"checkpoint 'a' at 1"});
  trainer.worker().receive(Closed{});
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), Words{});
  EXPECT_FALSE(trainer.is_called());
}

TEST(StepWorkerWithNothingToDo, SaysFarewellOnce) {
  StepWorkerOptions options = step_options();
  options.line.first_step = options.line.steps;
  StepTrainer trainer(options);
  EXPECT_EQ(trainer.take(0s), Words{"farewell"});
  EXPECT_EQ(trainer.take(1s), Words{});
  EXPECT_EQ(trainer.last_taken(), "none");
}

}  // namespace
}  // namespace evenkeel

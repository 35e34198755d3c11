#include <gtest/gtest.h>

#include <chrono>
#include <variant>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(Worker, SaysFarewellAndHowLongItWaited) {
  Trainer trainer;
  trainer.take(0s);
  trainer.take(1s);
  trainer.grant(1, 0, 10, 2s);
  trainer.step(2s, 3s);
  trainer.take(3s);
  trainer.grant(2, 10, 20, 7s);
  trainer.step(7s, 8s);
  trainer.take(8s);
  EXPECT_FALSE(trainer.worker().finished());
  EXPECT_EQ(trainer.finish(11s), Words{"farewell: 6 s for grants, 3 s for the end"});
  EXPECT_TRUE(trainer.worker().finished());
}

TEST(Worker, HasNotWaitedIfItWasNeverIdle) {
  Trainer trainer;
  EXPECT_EQ(trainer.finish(11s), Words{"farewell: 0 s for grants, 0 s for the end"});
}

TEST(Worker, SaysFarewellOnce) {
  Trainer trainer;
  trainer.finish(1s);
  EXPECT_EQ(trainer.finish(2s), Words{});
}

TEST(Worker, ReportsBeforeItLeaves) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.step(0ms, 1ms);
  EXPECT_EQ(trainer.finish(1s),
            (Words{"lease 1: 10 to 20, 1 steps", "farewell: 0 s for grants, 0 s for the end"}));
}

TEST(Worker, TakesNoStepAfterTheEnd) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.finish(1s);
  EXPECT_EQ(trainer.take(1s), Words{});
  EXPECT_EQ(trainer.last_taken(), "none");
}

TEST(Worker, IgnoresMessagesAfterTheEnd) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.finish(1s);
  trainer.grant(2, 100, 200, 2s);
  trainer.fence(2, 2s);
  EXPECT_EQ(trainer.take(2s), Words{});
  EXPECT_EQ(trainer.last_taken(), "none");
  EXPECT_EQ(trainer.trim(4, 50).size(), 1u);
}

TEST(Worker, ReportsAStepThatEndsAfterTheEndAndAsksForNoMore) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.take(0s);
  trainer.finish(500ms);
  EXPECT_EQ(trainer.done(500ms), Words{"lease 1: 10 to 20, 1 steps"});
}

TEST(Worker, ReportsWhatIsDoneBeforeItLeavesEarly) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.step(0ms, 1ms);
  EXPECT_FALSE(trainer.worker().given_up());
  EXPECT_EQ(trainer.leave(1s), (Words{"lease 1: 10 to 20, 1 steps", "leave"}));
  EXPECT_TRUE(trainer.worker().finished());
  EXPECT_TRUE(trainer.worker().given_up());
}

TEST(Worker, IsSilentOnceItHasLeft) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.leave(1s);
  EXPECT_EQ(trainer.leave(2s), Words{});
  EXPECT_EQ(trainer.trim(1, 50), Words{});
  trainer.grant(2, 100, 200, 3s);
  EXPECT_FALSE(trainer.worker().has_step());
  EXPECT_EQ(trainer.finish(4s), Words{});
  EXPECT_EQ(trainer.take(5s), Words{});
}

TEST(Worker, ReportsInTimeWhatIsDoneWhileItWorks) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.step(0s, 500ms);  // not reported yet
  trainer.take(500ms);
  WorkerOutbox<LeaseMode> out;
  trainer.worker().report_what_waits(Instant(999ms), out);
  EXPECT_TRUE(out.empty());
  trainer.worker().report_what_waits(Instant(1s), out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(std::get<Report>(out[0]).done.end, Position(20));
  trainer.worker().report_what_waits(Instant(9s), out);
  EXPECT_EQ(out.size(), 1U);
}

// ---- a trainer that is started again

TEST(Worker, AsksForWorkWhenItComesBack) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);
  trainer.take(1ms);
  EXPECT_EQ(trainer.leave(1s, {1, true}), Words{"leave, to come back"});
  EXPECT_FALSE(trainer.worker().finished());
  EXPECT_FALSE(trainer.worker().has_step());
  EXPECT_EQ(trainer.trim(1, 50), Words{});  // no sign of life
  trainer.grant(2, 100, 200, 2s);           // it crossed the word
  EXPECT_EQ(trainer.call_checkpoint("a", 2s), Words{});
  trainer.worker().come_back();
  EXPECT_EQ(trainer.take(3s), Words{"request"});
  trainer.fence(2, 3s);
  trainer.grant(3, 0, 10, 3s);
  trainer.take(3s);
  EXPECT_EQ(trainer.last_taken(), "lease 3 of epoch 0: 0 to 10");
}

TEST(Worker, EndsWithTheJobWhileItIsAway) {
  Trainer trainer;
  trainer.leave(1s, {0, true});
  EXPECT_EQ(trainer.finish(2s), (Words{"farewell: 0 s for grants, 0 s for the end", "close"}));
  EXPECT_TRUE(trainer.worker().has_closed());
  trainer.worker().come_back();
  EXPECT_TRUE(trainer.worker().finished());
}

TEST(Worker, CanLeaveForGoodWhileItIsAway) {
  Trainer trainer;
  trainer.leave(1s, {0, true});
  EXPECT_EQ(trainer.leave(2s), Words{"leave"});
  EXPECT_TRUE(trainer.worker().given_up());
}

TEST(Worker, TakesNoOtherStepBesideOneThatIsToBeAlone) {
  Trainer trainer;
  trainer.grant(1, 0, 10, 0s);
  trainer.take(0s);
  trainer.receive(Grant{LeaseId(2), {}, {Position(10), Position(20)}, {}, true}, 0s);
  trainer.grant(3, 20, 40, 0s);
  EXPECT_FALSE(trainer.worker().has_step());
  trainer.take(1s);
  EXPECT_EQ(trainer.last_taken(), "none");  // lease 1 is in work
  trainer.done(1s);
  trainer.take(1s);
  EXPECT_EQ(trainer.last_taken(), "lease 2 of epoch 0: 10 to 20");
  trainer.take(1s);
  EXPECT_EQ(trainer.last_taken(), "none");
  trainer.failed(2s);
  trainer.take(2s);
  EXPECT_EQ(trainer.last_taken(), "lease 3 of epoch 0: 20 to 30");
  trainer.take(2s);
  EXPECT_EQ(trainer.last_taken(), "lease 3 of epoch 0: 30 to 40");  // reads ahead
}

TEST(Worker, KnowsWhetherTheJobWasDoneToItsEnd) {
  Trainer done;
  done.finish(1s);
  EXPECT_FALSE(done.worker().given_up());
  EXPECT_EQ(done.worker().end(), JobEnd::complete);
  WorkerOutbox<LeaseMode> outbox;
  LeaseWorker given_up(options());
  given_up.receive(Finish{JobEnd::given_up}, Instant(), outbox);
  EXPECT_TRUE(given_up.given_up());
  LeaseWorker incomplete(options());
  incomplete.receive(Finish{JobEnd::incomplete}, Instant(), outbox);
  EXPECT_FALSE(incomplete.given_up());
  EXPECT_EQ(incomplete.end(), JobEnd::incomplete);
}

TEST(Worker, SendsLifeSignsDuringALongStep) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.take(0s);
  EXPECT_EQ(trainer.show_life(5s), Words{"request"});  // a report of nothing
}

TEST(Worker, HasAStepAsLongAsALeaseIsNotTaken) {
  Trainer trainer;
  EXPECT_FALSE(trainer.worker().has_step());
  trainer.grant(1, 0, 20, 0s);
  EXPECT_TRUE(trainer.worker().has_step());
  trainer.take(0s);
  EXPECT_TRUE(trainer.worker().has_step());
  trainer.take(0s);
  EXPECT_FALSE(trainer.worker().has_step());
}

}  // namespace
}  // namespace evenkeel

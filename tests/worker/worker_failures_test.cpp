#include <gtest/gtest.h>

#include <chrono>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(FailedStep, IsToldAfterAllThatWasDoneBefore) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.step(0s, 0s);  // reported at once: the first
  trainer.step(0s, 100ms);
  trainer.take(100ms);
  EXPECT_EQ(trainer.failed(200ms),
            (Words{"lease 1: 10 to 20, 1 steps", "lease 1: 20 to 30 failed at 0.2 s"}));
  trainer.take(200ms);
  EXPECT_EQ(trainer.failed(300ms), Words{"lease 1: 30 to 40 failed at 0.3 s"});
}

TEST(FailedStep, LeavesThoseTakenAheadAlone) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.take(0s);
  trainer.take(0s);
  trainer.failed(1s);
  EXPECT_EQ(trainer.done(3s), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(std::get<Report>(trainer.outbox().front()).first_start, Instant(1s));
  trainer.take(3s);
  EXPECT_EQ(trainer.last_taken(), "lease 1 of epoch 0: 20 to 30");
}

TEST(FailedStep, AsksForMoreIfItWasTheLast) {
  Trainer trainer;
  trainer.grant(1, 0, 10, 0s);
  EXPECT_EQ(trainer.take(0s), Words{"request"});
  trainer.grant(2, 10, 20, 0s);
  trainer.trim(1, 10);
  EXPECT_EQ(trainer.failed(1s), Words{"lease 1: 0 to 10 failed at 1 s, request"});
  EXPECT_EQ(trainer.take(1s), Words{});
  trainer.grant(3, 10, 20, 2s);
  trainer.take(2s);
  EXPECT_EQ(trainer.last_taken(), "lease 3 of epoch 0: 10 to 20");
}

TEST(FailedStep, DoesNotAskTwice) {
  Trainer trainer;
  trainer.grant(1, 0, 20, 0s);
  trainer.step(0s, 1s);
  EXPECT_EQ(trainer.take(1s), Words{"request"});  // it will run out
  EXPECT_EQ(trainer.failed(2s), Words{"lease 1: 10 to 20 failed at 2 s"});
}

TEST(FailedStep, CannotBeGivenBackByATrim) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.take(0s);
  trainer.failed(1s);
  EXPECT_EQ(trainer.trim(1, 1000), Words{"trim 1: keeps lease 1 to 10, has seen 1"});
}

TEST(FailedStep, IsNotToldAfterTheEnd) {
  Trainer trainer;
  trainer.grant(1, 0, 100, 0s);
  trainer.take(0s);
  trainer.finish(1s);
  EXPECT_EQ(trainer.failed(2s), Words{});
}

}  // namespace
}  // namespace evenkeel

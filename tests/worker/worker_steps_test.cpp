#include <gtest/gtest.h>

#include <chrono>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(Worker, HasNoStepWithoutALease) {
  Trainer trainer;
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "none");
}

TEST(Worker, TakesOneStepAfterTheOther) {
  Trainer trainer;
  trainer.grant(7, 20, 45, 0s, pass_of(3));
  for (const char* step : {"lease 7 of epoch 3: 20 to 30", "lease 7 of epoch 3: 30 to 40",
                           "lease 7 of epoch 3: 40 to 45", "none"}) {
    trainer.take(1s);
    EXPECT_EQ(trainer.last_taken(), step);
  }
}

TEST(Worker, EndsItsStepsOnTheGrid) {
  Trainer trainer;
  trainer.grant(1, 15, 40);
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "lease 1 of epoch 0: 15 to 20");
}

TEST(Worker, WorksOnItsLeasesInTheOrderGranted) {
  Trainer trainer;
  trainer.grant(1, 50, 60);
  trainer.grant(2, 0, 10, 0s, pass_of(1));
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "lease 1 of epoch 0: 50 to 60");
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "lease 2 of epoch 1: 0 to 10");
}

TEST(Worker, KnowsWhenAStepWasTaken) {
  LeaseWorker worker(options());
  WorkerOutbox<LeaseMode> out;
  worker.receive(Grant{LeaseId(1), pass_of(0), {Position(0), Position(10)}}, Instant(1s), out);
  const auto step = worker.next(Instant(2s), out);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->taken_at, Instant(2s));
}

}  // namespace
}  // namespace evenkeel

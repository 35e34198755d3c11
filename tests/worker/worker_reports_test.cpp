#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A trainer with a lease of a hundred steps, of which it has done and reported the first at 0 s.
class Working : public testing::Test {
 protected:
  Working() {
    trainer.take(0s);
    trainer.grant(1, 0, 1000, 0s);
    trainer.step(-1ms, 0ms);
  }

  Trainer trainer;
};

TEST_F(Working, ReportsAtMostOncePerInterval) {
  EXPECT_EQ(trainer.step(0ms, 300ms), Words{});
  EXPECT_EQ(trainer.step(300ms, 999ms), Words{});
  EXPECT_EQ(trainer.step(999ms, 1000ms), Words{"lease 1: 10 to 40, 3 steps"});
  EXPECT_EQ(trainer.step(1000ms, 1999ms), Words{});
  EXPECT_EQ(trainer.step(1999ms, 2100ms), Words{"lease 1: 40 to 60, 2 steps"});
}

TEST_F(Working, SaysWhatItsStepsCostAndTook) {
  trainer.step(0ms, 300ms);
  trainer.step(400ms, 1200ms);
  ASSERT_EQ(trainer.outbox().size(), 1u);
  const auto& report = std::get<Report>(trainer.outbox()[0]);
  EXPECT_EQ(report.cost, 20);
  EXPECT_EQ(report.busy, Duration(1100ms));
  EXPECT_EQ(report.first_start, Instant(0ms));
  EXPECT_EQ(report.last_end, Instant(1200ms));
  EXPECT_FALSE(report.wants_lease);
}

TEST_F(Working, BeginsEveryReportAnew) {
  trainer.step(0ms, 1000ms);
  trainer.step(1500ms, 2000ms);
  const auto& report = std::get<Report>(trainer.outbox().at(0));
  EXPECT_EQ(report.done, (Interval{Position(20), Position(30)}));
  EXPECT_EQ(report.cost, 10);
  EXPECT_EQ(report.first_start, Instant(1500ms));
}

TEST(Worker, ReportsTheFirstStepsOneByOneUntilItsSpeedIsKnown) {
  LeaseWorkerOptions warming = options();
  warming.warmup_steps = 2;
  Trainer trainer(warming);
  trainer.take(0s);
  trainer.grant(1, 0, 1000, 0s);
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{"lease 1: 0 to 10, 1 steps"});
  EXPECT_EQ(trainer.step(1ms, 2ms), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(trainer.step(2ms, 3ms), Words{"lease 1: 20 to 30, 1 steps"});
  EXPECT_EQ(trainer.step(3ms, 4ms), Words{});
}

TEST(Worker, ReportsStepByStepHoweverLongItWarmsUp) {
  LeaseWorkerOptions warming = options();
  warming.warmup_steps = std::numeric_limits<std::int32_t>::max();
  Trainer trainer(warming);
  trainer.take(0s);
  trainer.grant(1, 0, 1000, 0s);
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{"lease 1: 0 to 10, 1 steps"});
  EXPECT_EQ(trainer.step(1ms, 2ms), Words{"lease 1: 10 to 20, 1 steps"});
}

TEST_F(Working, ReportsAtTheEndOfALease) {
  trainer.grant(2, 2000, 3000);
  trainer.trim(1, 1980);
  trainer.grant(3, 5000, 6000);
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(trainer.step(1ms, 2ms), Words{});
}

TEST(Worker, ReportsLeaseByLeaseWhenItReadsAhead) {
  Trainer trainer;
  trainer.take(0s);
  trainer.grant(1, 0, 20, 0s);
  trainer.grant(2, 50, 70, 0s);
  for (int i = 0; i < 4; ++i) trainer.take(0s);
  EXPECT_EQ(trainer.done(0s), Words{"lease 1: 0 to 10, 1 steps"});  // the first step
  EXPECT_EQ(trainer.done(0s), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(trainer.done(0s), Words{"lease 2: 50 to 60, 1 steps"});
}

TEST_F(Working, KeepsProgressOnALeaseThatIsVoidApart) {
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{});
  trainer.fence(1);
  trainer.grant(2, 2000, 3000);
  EXPECT_EQ(trainer.step(1ms, 2ms), Words{"lease 1: 10 to 20, 1 steps"});
}

TEST_F(Working, ReportsWhatIsUnsentWhenATrimTakesTheRest) {
  trainer.fence(0);  // it has asked
  EXPECT_EQ(trainer.step(0ms, 1ms), Words{});
  trainer.trim(1, 1'000);
  EXPECT_EQ(trainer.take(1ms), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(trainer.take(2ms), Words{});
}

TEST(Worker, MergesItsRequestWithItsProgress) {
  Trainer trainer;
  trainer.take(0s);
  trainer.grant(1, 0, 40, 0s);
  trainer.step(-1ms, 0ms);
  trainer.step(0ms, 1ms);
  trainer.step(1ms, 2ms);
  EXPECT_EQ(trainer.take(3ms), Words{"lease 1: 10 to 30, 2 steps, request"});
}

TEST(Worker, ReportsAndAsksAtOnceWhenItRunsDry) {
  Trainer trainer;
  trainer.grant(1, 0, 20, 0s);
  trainer.step(0s, 0s);
  EXPECT_EQ(trainer.take(0s), Words{"request"});
  trainer.grant(2, 40, 50, 0s);
  trainer.trim(1, 10);
  EXPECT_EQ(trainer.done(1ms), Words{"lease 1: 10 to 20, 1 steps, request"});
}

TEST(Worker, ReportsWhenItRunsDryThoughItHasAsked) {
  Trainer trainer;
  trainer.grant(1, 0, 20, 0s);
  trainer.step(0s, 0s);
  trainer.take(0s);
  EXPECT_EQ(trainer.done(1ms), Words{"lease 1: 10 to 20, 1 steps"});
}

}  // namespace
}  // namespace evenkeel

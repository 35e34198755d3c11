#include <gtest/gtest.h>

#include <chrono>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Duration lead_of(const LeaseWorker::Outbox& outbox) { return std::get<Report>(outbox.at(0)).lead; }

// A trainer whose first grant, of this lease, took this long, and that has done a step of a second.
class Running : public testing::Test {
 protected:
  void start(Duration round_trip, std::int64_t end) {
    trainer.take(0s);
    trainer.grant(1, 0, end, round_trip);
    trainer.step(round_trip, round_trip + 1s);
    now = round_trip + 1s;
  }

  // The next step, which takes a second as well.
  Words step() {
    now += 1s;
    return trainer.step(now - 1s, now);
  }

  Trainer trainer;
  Duration now{};
};

TEST(Worker, AsksWhenItStarts) {
  Trainer trainer;
  EXPECT_EQ(trainer.take(0s), Words{"request"});
  EXPECT_EQ(lead_of(trainer.outbox()), Duration(0s));
}

TEST(Worker, AsksOnceUntilItIsAnswered) {
  Trainer trainer;
  trainer.take(0s);
  EXPECT_EQ(trainer.take(1s), Words{});
  trainer.grant(1, 0, 10, 2s);
  EXPECT_EQ(trainer.take(2s), Words{"request"});
}

TEST(Worker, AsksForTheNextLeaseAsItTakesTheLastStep) {
  Trainer trainer;
  trainer.take(0s);
  trainer.grant(1, 0, 20, 0s);
  EXPECT_EQ(trainer.take(0s), Words{});
  EXPECT_EQ(trainer.take(0s), Words{"request"});
}

TEST(Worker, AsksNoFurtherAheadBeforeItHasDoneAStep) {
  Trainer trainer;
  trainer.take(0s);
  trainer.grant(1, 0, 30, 100s);
  EXPECT_EQ(trainer.take(100s), Words{});
}

// With the step that it takes it has as many seconds of work as steps left, plus one.
TEST_F(Running, AsksAheadByAQuarterMoreThanItsRoundTrip) {
  start(2s, 70);
  EXPECT_EQ(step(), Words{"lease 1: 10 to 20, 1 steps"});
  EXPECT_EQ(step(), Words{"lease 1: 20 to 30, 1 steps"});
  EXPECT_EQ(step(), Words{"lease 1: 30 to 40, 1 steps"});
  EXPECT_EQ(step(), Words{"lease 1: 40 to 50, 1 steps"});  // three seconds left: no need yet
  EXPECT_EQ(trainer.take(now), Words{"request"});
  EXPECT_EQ(lead_of(trainer.outbox()), Duration(2500ms));
}

TEST_F(Running, CountsAllLeasesThatItHolds) {
  start(2s, 30);
  trainer.grant(2, 30, 60, now);
  EXPECT_EQ(trainer.take(now), Words{});
}

TEST_F(Running, DoesNotAskTwiceAhead) {
  start(2s, 40);
  step();
  EXPECT_EQ(trainer.take(now), Words{"request"});
  trainer.done(now + 1s);
  EXPECT_EQ(trainer.take(now + 1s), Words{});
}

TEST_F(Running, RemembersALongRoundTripForAWhile) {
  start(4s, 20);
  EXPECT_EQ(trainer.take(now), Words{"request"});
  trainer.grant(2, 20, 30, now + 1s);
  EXPECT_EQ(trainer.take(now + 1s), Words{"request"});
  EXPECT_EQ(lead_of(trainer.outbox()), Duration(4500ms));  // 90 % of four seconds, and a quarter
}

TEST_F(Running, MeasuresTheRoundTripFromTheRequest) {
  start(0s, 20);
  trainer.take(now);
  trainer.grant(2, 20, 30, now + 3s);
  trainer.grant(3, 30, 40, now + 9s);  // not asked for
  EXPECT_EQ(trainer.take(now + 9s), Words{"request"});
  EXPECT_EQ(lead_of(trainer.outbox()), Duration(3750ms));
}

TEST_F(Running, ExcludesWaitingForWorkFromTheRoundTrip) {
  start(0s, 20);
  trainer.take(now);
  trainer.grant(2, 20, 30, now + 60s, pass_of(0), 57s);
  EXPECT_EQ(trainer.take(now + 60s), Words{"request"});
  EXPECT_EQ(lead_of(trainer.outbox()), Duration(3750ms));
}

TEST_F(Running, AsksEarlierAtOnceWhenItBecomesSlower) {
  start(2s, 1000);
  trainer.grant(2, 1000, 1010, now);
  // Steps of three seconds count half: 0.5 × 1 s + 0.5 × 3 s.
  trainer.step(now, now + 3s);
  now += 3s;
  trainer.trim(1, 950);  // leaves 20 to 60
  EXPECT_EQ(trainer.take(now), Words{});
  EXPECT_EQ(trainer.take(now), Words{});
  EXPECT_EQ(trainer.take(now), Words{});  // 2 s for this step and 2 s for the last one
  EXPECT_EQ(trainer.take(now), Words{"request"});
}

TEST_F(Running, AsksLaterOnlySlowlyWhenItBecomesFaster) {
  start(2s, 90);
  trainer.step(now, now);  // a quarter of it: steps of 0.75 s
  for (int left = 6; left >= 3; --left) EXPECT_EQ(trainer.take(now), Words{}) << left;
  EXPECT_EQ(trainer.take(now), Words{"lease 1: 10 to 20, 1 steps, request"});  // 3 × 0.75 s
}

}  // namespace
}  // namespace evenkeel

#include <gtest/gtest.h>

#include <chrono>
#include <deque>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A worker that holds a lease of a hundred steps and measures its local work itself.
class Measuring : public testing::Test {
 protected:
  Measuring() : worker(options()) {
    worker.receive(Grant{LeaseId(1), pass_of(0), {Position(0), Position(1000)}}, Instant(), outbox);
  }

  void take(Duration at) {
    outbox.clear();
    const auto step = worker.next(Instant(at), outbox);
    ASSERT_TRUE(step);
    steps.push_back(*step);
  }
  void pause(Duration at) {
    outbox.clear();
    worker.pause(5s, Instant(at), outbox);
  }
  void done(Duration at) {
    outbox.clear();
    worker.done(steps.front(), 10, std::nullopt, Instant(at), outbox);
    steps.pop_front();
  }
  const Report& report() const { return std::get<Report>(outbox.at(0)); }

  LeaseWorker worker;
  WorkerOutbox<LeaseMode> outbox;
  std::deque<LeasedStep> steps;
};

TEST_F(Measuring, WorksFromTakingAStepToItsEnd) {
  take(1s);
  done(3s);
  EXPECT_EQ(report().busy, Duration(2s));
  EXPECT_EQ(report().first_start, Instant(1s));
  take(4s);
  done(5s);
  EXPECT_EQ(report().busy, Duration(1s));
}

TEST_F(Measuring, WorksOnOneStepAfterTheOtherThoughItReadsAhead) {
  take(0s);
  take(0s);
  done(2s);
  EXPECT_EQ(report().busy, Duration(2s));
  done(5s);
  EXPECT_EQ(report().busy, Duration(3s));
  EXPECT_EQ(report().first_start, Instant(2s));
}

TEST_F(Measuring, ReportsAPauseAtOnce) {
  pause(0s);
  ASSERT_EQ(outbox.size(), 1u);
  EXPECT_EQ(std::get<Pause>(outbox[0]).expected, Duration(5s));
}

TEST_F(Measuring, IsPausedBetweenTwoSteps) {
  take(0s);
  done(1s);
  pause(1s);
  take(4s);
  done(6s);
  EXPECT_EQ(report().paused, Duration(3s));
  EXPECT_EQ(report().busy, Duration(2s));
}

TEST_F(Measuring, IsPausedInsideAStep) {
  take(0s);
  pause(1s);
  done(4s);
  EXPECT_EQ(report().paused, Duration(3s));
  EXPECT_EQ(report().busy, Duration(1s));
}

TEST_F(Measuring, IsPausedInTheFirstOfTwoStepsTakenAhead) {
  take(0s);
  take(0s);
  pause(1s);
  done(4s);
  EXPECT_EQ(report().paused, Duration(3s));
  EXPECT_EQ(report().busy, Duration(1s));
  done(6s);
  EXPECT_EQ(report().paused, Duration(0));
  EXPECT_EQ(report().busy, Duration(2s));
}

TEST_F(Measuring, IsPausedBetweenTwoStepsTakenAhead) {
  take(0s);
  take(0s);
  done(1s);
  pause(1s);
  done(6s);
  EXPECT_EQ(report().paused, Duration(5s));
  EXPECT_EQ(report().busy, Duration(0));
}

TEST_F(Measuring, IsPausedUntilItTakesAFurtherStepAhead) {
  take(0s);
  pause(1s);
  take(4s);
  done(6s);
  EXPECT_EQ(report().paused, Duration(3s));
  EXPECT_EQ(report().busy, Duration(3s));
}

TEST_F(Measuring, EndsAPauseWithTheNext) {
  take(0s);
  pause(1s);
  pause(3s);
  done(7s);
  EXPECT_EQ(report().paused, Duration(6s));
}

TEST_F(Measuring, SaysBeforeItLeavesThatItHasPaused) {
  take(0s);
  done(1s);
  pause(1s);
  outbox.clear();
  worker.receive(Finish{}, Instant(4s), outbox);
  ASSERT_EQ(outbox.size(), 2u);
  EXPECT_EQ(report().steps, 0);
  EXPECT_EQ(report().paused, Duration(3s));
  EXPECT_TRUE(std::holds_alternative<Farewell>(outbox[1]));
}

TEST_F(Measuring, IsPausedWhileItsAgentTakesStepsForIt) {
  take(0s);
  pause(1s);
  EXPECT_TRUE(worker.take(Instant(2s), outbox));
  worker.resume(Instant(5s));
  done(6s);
  EXPECT_EQ(report().paused, Duration(4s));
  EXPECT_EQ(report().busy, Duration(2s));
}

TEST_F(Measuring, SaysNothingOfAPauseOnceItHasClosed) {
  worker.receive(Finish{}, Instant(1s), outbox);
  worker.close(false, outbox);
  outbox.clear();
  pause(2s);
  EXPECT_TRUE(outbox.empty());
}

TEST_F(Measuring, SendsLifeSignsNoMoreOftenThanReports) {
  take(0s);
  outbox.clear();
  worker.show_life(Instant(1s), outbox);
  worker.show_life(Instant(1500ms), outbox);
  EXPECT_EQ(outbox.size(), 1u);
  worker.show_life(Instant(2s), outbox);
  EXPECT_EQ(outbox.size(), 2u);
}

}  // namespace
}  // namespace evenkeel

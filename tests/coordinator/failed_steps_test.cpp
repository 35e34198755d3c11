#include "coordinator/failed_steps.h"

#include <gtest/gtest.h>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr int workers = 4;
constexpr std::int64_t step_samples = 10;

// Workers that live, have spoken, and neither ask nor hold anything.
class FailedStepsOfFour : public testing::Test {
 protected:
  FailedStepsOfFour() {
    for (const WorkerIndex worker : cluster.indices()) {
      attendance.become(worker, WorkerLife::working);
    }
  }

  static Attempts by(std::initializer_list<int> list) {
    Attempts attempts;
    for (const int worker : list) attempts = attempts.and_by(WorkerIndex(worker));
    return attempts;
  }

  void add(std::int64_t begin, std::int64_t end, const Attempts& attempts, int epoch = 0) {
    failed.add(pass_of(epoch), {Position(begin), Position(end)}, attempts,
               static_cast<double>(end - begin));
  }

  void ask(int worker) { cluster.set_asking(WorkerIndex(worker), true); }
  void fail_in_a_row(int worker, int steps) {
    for (int step = 0; step < steps; ++step) failed.failed_one(WorkerIndex(worker), Instant(1h));
  }
  void hold(int worker) { cluster.give(WorkerIndex(worker), 10, 10); }

  void take_all_that_is_free() {
    while (pool.view().samples > 0) pool.take(95, std::nullopt);
  }

  // Who is to try which step; -1: nobody for now.
  int taker() {
    const auto retry = failed.take(cluster, attendance, pool, Instant(1h));
    if (!retry) return -1;
    last = retry->piece.interval;
    return retry->worker.value();
  }

  const Dataset dataset = dataset_of(95);
  FreePool pool{dataset, {Shuffle::none, 0, 1}, 2, EpochOverlap::allowed, step_samples};
  Cluster cluster{workers, {95, 95, step_samples}, 0};
  Attendance attendance{workers};
  FailedSteps failed{step_samples, workers};
  Interval last;
};

TEST(Attempts, AreEqualInWhateverOrder) {
  EXPECT_EQ(Attempts().and_by(WorkerIndex(3)).and_by(WorkerIndex(1)),
            Attempts().and_by(WorkerIndex(1)).and_by(WorkerIndex(3)));
  EXPECT_FALSE(Attempts().and_by(WorkerIndex(3)) ==
               Attempts().and_by(WorkerIndex(3)).and_by(WorkerIndex(3)));
}

TEST(Attempts, AreEnoughIfThreeByAsManyWorkersAsThereAre) {
  const Attempts two = Attempts().and_by(WorkerIndex(2)).and_by(WorkerIndex(1));
  EXPECT_FALSE(two.enough(1));
  EXPECT_FALSE(two.and_by(WorkerIndex(1)).enough(3));
  EXPECT_TRUE(two.and_by(WorkerIndex(1)).enough(2));
  EXPECT_TRUE(two.and_by(WorkerIndex(7)).enough(1000));
  EXPECT_TRUE(two.and_by(WorkerIndex(7)).and_by(WorkerIndex(8)).by(WorkerIndex(8)));
}

TEST_F(FailedStepsOfFour, GoToOneWhoHasNotFailedThem) {
  add(0, 10, by({1}));
  EXPECT_EQ(taker(), -1);
  ask(1);
  ask(2);
  EXPECT_EQ(taker(), 2);
  EXPECT_EQ(last, (Interval{Position(0), Position(10)}));
  EXPECT_TRUE(failed.groups().empty());
  EXPECT_EQ(failed.cost(), 0);
}

TEST_F(FailedStepsOfFour, WaitForOneWhoHasNotFailedThem) {
  add(0, 10, by({1}));
  ask(1);
  hold(3);
  EXPECT_EQ(taker(), -1);
  cluster.set_asking(WorkerIndex(3), true);
  EXPECT_EQ(taker(), 3);
}

TEST_F(FailedStepsOfFour, WaitForOneWhoHasNotSpokenYet) {
  take_all_that_is_free();
  add(0, 10, by({1}));
  ask(1);
  attendance.become(WorkerIndex(2), WorkerLife::starting);
  EXPECT_EQ(taker(), -1);
  attendance.become(WorkerIndex(2), WorkerLife::lost);
  EXPECT_EQ(taker(), -1);  // it may come back
  attendance.become(WorkerIndex(2), WorkerLife::gone);
  EXPECT_EQ(taker(), 1);
}

TEST_F(FailedStepsOfFour, DoNotWaitForOneWhoMayNeverAsk) {
  take_all_that_is_free();
  add(0, 10, by({1}));
  ask(1);
  EXPECT_EQ(taker(), 1);  // the others hold nothing, and have no deadline
}

TEST_F(FailedStepsOfFour, GoToOneWhoHasFailedThemIfAllHaveThatLive) {
  take_all_that_is_free();
  add(0, 10, by({0, 1}));
  ask(1);
  hold(2);
  hold(3);
  EXPECT_EQ(taker(), -1);
  attendance.become(WorkerIndex(2), WorkerLife::gone);
  attendance.become(WorkerIndex(3), WorkerLife::left);
  EXPECT_EQ(taker(), 1);
}

TEST_F(FailedStepsOfFour, GoToOneWhoHasFailedThemOnceNoWorkIsFree) {
  add(0, 10, by({1}));
  ask(1);
  EXPECT_EQ(taker(), -1);
  ask(2);
  EXPECT_EQ(taker(), 2);
  add(0, 10, by({1}));
  cluster.set_asking(WorkerIndex(2), false);
  take_all_that_is_free();
  EXPECT_EQ(taker(), 1);
}

TEST_F(FailedStepsOfFour, GoAtOnceToOneWhoFailsWhateverItGets) {
  add(0, 10, by({1}));
  ask(1);
  fail_in_a_row(1, 2);
  EXPECT_EQ(taker(), -1);
  fail_in_a_row(1, 1);
  EXPECT_EQ(taker(), 1);
}

TEST_F(FailedStepsOfFour, WaitForOneWhoDoesNotFailWhateverItGets) {
  add(0, 20, by({1}));
  ask(2);
  fail_in_a_row(2, 3);
  hold(3);
  EXPECT_EQ(taker(), -1);
  fail_in_a_row(3, 3);
  take_all_that_is_free();
  EXPECT_EQ(taker(), 2);  // as all do
  failed.did_one(WorkerIndex(3));
  EXPECT_EQ(taker(), -1);
  failed.did_one(WorkerIndex(2));
  fail_in_a_row(2, 2);
  EXPECT_EQ(taker(), 2);
}

// A failure may have broken it.
TEST_F(FailedStepsOfFour, WaitForAWorkersNextStepIfItsLastOneFailed) {
  add(0, 30, by({1}));
  ask(2);
  fail_in_a_row(2, 1);
  EXPECT_EQ(taker(), -1);
  failed.did_one(WorkerIndex(2));
  EXPECT_EQ(taker(), 2);
  fail_in_a_row(2, 1);
  EXPECT_EQ(taker(), -1);
  failed.forget(WorkerIndex(2));  // it has a fresh trainer
  EXPECT_EQ(taker(), 2);
  fail_in_a_row(2, 1);
  take_all_that_is_free();
  EXPECT_EQ(taker(), 2);
}

TEST_F(FailedStepsOfFour, GoToTheIdleFirst) {
  add(0, 20, by({1}));
  ask(2);
  ask(3);
  hold(2);
  EXPECT_EQ(taker(), 3);
  cluster.set_asking(WorkerIndex(3), false);
  EXPECT_EQ(taker(), 2);
}

TEST_F(FailedStepsOfFour, GoToTheFastestOfTheIdle) {
  cluster.observe(WorkerIndex(0), 1, 10, 2);
  cluster.observe(WorkerIndex(3), 1, 10, 1);
  add(0, 10, by({1}));
  for (const int worker : {0, 2, 3}) ask(worker);
  EXPECT_EQ(taker(), 3);
}

TEST_F(FailedStepsOfFour, GoToTheBusyOneThatWouldBeDoneFirst) {
  cluster.observe(WorkerIndex(0), 1, 10, 1);
  cluster.observe(WorkerIndex(2), 1, 10, 2);
  cluster.give(WorkerIndex(0), 50, 50);
  cluster.give(WorkerIndex(2), 10, 10);
  add(0, 10, by({1}));
  ask(0);
  ask(2);
  EXPECT_EQ(taker(), 2);  // the slower one, with less to do
}

TEST_F(FailedStepsOfFour, DoNotWaitForOthersThatWait) {
  add(0, 10, by({1}));
  add(10, 20, by({2}));
  ask(1);
  hold(2);
  EXPECT_EQ(taker(), 1);  // worker 2 may yet ask for the first
  EXPECT_EQ(last.begin, Position(10));
}

TEST_F(FailedStepsOfFour, AreTriedOneByOne) {
  add(70, 80, by({1}));
  add(90, 95, by({1}));
  add(80, 90, by({1}));
  ASSERT_EQ(failed.groups().size(), 1U);
  EXPECT_EQ(failed.groups()[0].steps.intervals().size(), 1U);
  EXPECT_EQ(failed.cost(), 25);
  ask(2);
  for (const std::int64_t begin : {70, 80, 90}) {
    EXPECT_EQ(taker(), 2);
    EXPECT_EQ(last, (Interval{Position(begin), Position(std::min<std::int64_t>(95, begin + 10))}));
    EXPECT_EQ(failed.cost(), static_cast<double>(95 - last.end.value()));
  }
  EXPECT_EQ(taker(), -1);
}

TEST_F(FailedStepsOfFour, AreKeptByWhoHasFailedThem) {
  add(0, 10, by({1}));
  add(10, 20, by({2}));
  add(20, 30, by({2, 1}));
  add(30, 40, by({1, 2}));
  add(40, 40, by({3}));  // nothing
  EXPECT_EQ(failed.groups().size(), 3U);
}

TEST_F(FailedStepsOfFour, AreTriedInTheEarlierEpochFirst) {
  add(0, 10, by({1}), 1);
  add(50, 60, by({2}), 0);
  add(10, 20, by({3}), 1);
  ask(0);
  EXPECT_EQ(taker(), 0);
  EXPECT_EQ(last.begin, Position(50));
}

}  // namespace
}  // namespace evenkeel

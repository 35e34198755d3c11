#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "balance/served_job.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

using Given = ServedJob::Given;
constexpr Given nobody = ServedJob::nobody;

// Steps of 8, and speeds that are powers of two: the sums are exact.
ServedJob job_of(int workers, std::int64_t samples) {
  return {PolicyOptions(), workers, samples, 8};
}

ServedJob job_at_speed_64(int workers, std::int64_t samples) {
  ServedJob job = job_of(workers, samples);
  for (int worker = 0; worker < workers; ++worker) job.measure(worker, 64);
  return job;
}

FreeWork free_work(std::int64_t samples, double cost, double front_step_cost) {
  FreeWork free;
  free.samples = samples;
  free.cost = cost;
  free.front_step_cost = front_step_cost;
  return free;
}

TEST(AdaptivePolicy, ProbesWithOneStep) {
  ServedJob job = job_of(2, 8000);
  job.measure(0, 64);
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 8));
}

// It may be so slow that a second one is too much.
TEST(AdaptivePolicy, GivesNoSecondStepBeforeTheFirstIsDone) {
  ServedJob job = job_of(2, 8000);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 8));
  job.ask(0);
  EXPECT_EQ(job.serve(), nobody);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 8));
  job.report(0, 1, 0.125);
  EXPECT_EQ(job.serve().first, 0);
}

// Its trainer may read ahead. If the first step takes longer yet, nobody waits for another one.
TEST(AdaptivePolicy, GivesASecondStepIfTheOthersAreBusyForLong) {
  for (const bool is_long : {false, true}) {
    ServedJob job = job_of(2, is_long ? 64'000 : 8000);
    job.measure(1, 64);  // it does the rest in 17 minutes, or in two
    job.give(1, 8);
    EXPECT_EQ((job.ask(0), job.serve()), Given(0, 8));
    job.ask(0);
    EXPECT_EQ(job.serve(Instant(999ms)), nobody);
    job.works_since(1, Instant(1s));
    EXPECT_EQ(job.serve(Instant(1s)), is_long ? Given(0, 8) : nobody);
  }
}

TEST(AdaptivePolicy, GivesASecondStepAfterAWhileIfNobodyHasDoneAny) {
  ServedJob job = job_of(2, 64'000);
  for (const int worker : {0, 1}) {
    job.ask(worker);
    EXPECT_EQ(job.serve(), Given(worker, 8));
  }
  job.ask(0);
  EXPECT_EQ(job.serve(Instant(29s)), nobody);
  EXPECT_EQ(job.serve(Instant(30s)), Given(0, 8));
}

TEST(AdaptivePolicy, GivesTheOnlyWorkerAsMuchAsItAsksFor) {
  ServedJob job = job_of(1, 8000);
  for (int step = 0; step < 3; ++step) {
    job.ask(0);
    EXPECT_EQ(job.serve(), Given(0, 8));
  }
}

// Three workers whose first steps are not believed.
ServedJob job_that_warms_up(double third_step_s) {
  ServedJob job(PolicyOptions(), 3, 8000, 8, 1);
  for (int worker = 0; worker < 3; ++worker) {
    job.give(worker, 8);
    job.report(worker, 1, worker == 2 ? third_step_s : 0.125);
  }
  return job;
}

TEST(AdaptivePolicy, ProbesWithAFewStepsOnceTheFirstIsDone) {
  ServedJob job = job_that_warms_up(0.125);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 32));
  job.set_free(240);  // a quarter of an even share is 2.5 steps
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 16));
}

TEST(AdaptivePolicy, BelievesAFirstStepThatIsMuchSlowerThanThoseOfOthers) {
  for (const double third_step_s : {0.25, 0.375}) {
    ServedJob job = job_that_warms_up(third_step_s);
    job.set_free(8);
    job.give(0, 8);
    job.ask(2);
    EXPECT_EQ(job.serve(), third_step_s > 0.25 ? nobody : Given(2, 8));
  }
}

// A trim an asker: those that ask ahead and get nothing are none.
TEST(AdaptivePolicy, TrimsOnceThoughAnotherAsksAheadAndIsNotMeasured) {
  ServedJob job = job_of(4, 168);
  job.give(0, 80);
  job.give(1, 80);
  job.give(2, 8);
  job.set_free(0);
  job.ask(2);
  job.ask(3);
  EXPECT_EQ(job.trim(), Given(0, 32));
  EXPECT_EQ(job.trim(), nobody);
}

TEST(AdaptivePolicy, DoesNotTrimForOneThatAsksAheadAndIsNotMeasured) {
  ServedJob job = job_of(2, 88);
  job.measure(1, 64);
  job.give(0, 8);
  job.give(1, 80);
  job.set_free(0);
  job.ask(0);
  EXPECT_EQ(job.trim(), nobody);
  job.finish(0);
  EXPECT_EQ(job.trim().first, 1);
}

TEST(AdaptivePolicy, GivesLeasesInProportionToTheSpeedToTheFastestFirst) {
  ServedJob job = job_of(2, 1'000'000);
  job.measure(0, 64);
  job.measure(1, 256);
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 2560));  // ten seconds
  EXPECT_EQ(job.serve(), Given(0, 640));
  EXPECT_EQ(job.serve(), nobody);
}

TEST(AdaptivePolicy, NamesTheCostThatALeaseShouldHave) {
  Cluster cluster(1, {1000, 1000, 8}, 0);
  const auto policy = make_policy(PolicyOptions(), cluster);
  cluster.set_free_work(free_work(1000, 1000, 8));
  cluster.observe(WorkerIndex(0), 1, 8, 0.25);
  cluster.set_asking(WorkerIndex(0), true);
  policy->changed(cluster, WorkerIndex(0));
  const auto assignment = policy->assign(cluster, Instant());
  ASSERT_TRUE(assignment);
  EXPECT_EQ(assignment->cost, 320);
}

TEST(AdaptivePolicy, GivesShorterLeasesTowardsTheEnd) {
  ServedJob job = job_at_speed_64(2, 1024);  // eight seconds for both
  job.ask(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(0, 256));
  EXPECT_EQ(job.serve(), Given(1, 256));
  job.finish(0);
  job.finish(1);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 128));
}

TEST(AdaptivePolicy, CountsWhatAnAskerStillHolds) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(1024 - 128);
  job.give(0, 128);  // two of the eight seconds left
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 192));
}

// Two seconds are left, two steps of the asker.
TEST(AdaptivePolicy, GivesAShorterLastLeaseWhereStepsVary) {
  for (const double longer : {1.0, 1.5}) {
    Cluster cluster(2, {1000, 1000, 8}, 0);
    cluster.pool_speeds();
    const auto policy = make_policy(PolicyOptions(), cluster);
    for (int step = 0; step < 32; ++step) {
      for (const WorkerIndex worker : cluster.indices()) {
        cluster.observe(worker, 1, 8, step % 2 == 0 ? longer : 2 - longer);
      }
    }
    cluster.set_free_work(free_work(33, 33, 8));
    cluster.set_asking(WorkerIndex(0), true);
    cluster.visit_changed([&](WorkerIndex worker) { policy->changed(cluster, worker); });
    const auto assignment = policy->assign(cluster, Instant());
    ASSERT_TRUE(assignment);
    EXPECT_EQ(assignment->samples, longer > 1 ? 8 : 16);
  }
}

// Worker 0 takes `step_s`, and asks; worker 1 takes a second, `since_s` of which are over, and
// holds a step. Whether worker 0 is given one of the free steps, if steps take longer and shorter
// in turn.
bool gives_where_steps_vary(double by, double step_s, double since_s, std::int64_t free_steps) {
  Cluster cluster(2, {1000, 1000, 8}, 0);
  cluster.pool_speeds();
  const auto policy = make_policy(PolicyOptions(), cluster);
  for (int step = 0; step < 32; ++step) {
    const double factor = step % 2 == 0 ? 1 + by : 1 - by;
    cluster.observe(WorkerIndex(0), 1, 8, step_s * factor);
    cluster.observe(WorkerIndex(1), 1, 8, factor);
  }
  cluster.give(WorkerIndex(1), 8, 8);
  const std::int64_t samples = 8 * free_steps;
  cluster.set_free_work(free_work(samples, static_cast<double>(samples), 8));
  cluster.set_asking(WorkerIndex(0), true);
  cluster.visit_changed([&](WorkerIndex worker) { policy->changed(cluster, worker); });
  return policy->assign(cluster, instant_at(since_s)).has_value();
}

// It would be a little later than the other, which has two steps to end, not one.
TEST(AdaptivePolicy, GivesAStepToWhoeverIsFreeWhereChanceMayMakeTheOtherLater) {
  EXPECT_FALSE(gives_where_steps_vary(0, 1.1, 0.95, 1));
  EXPECT_TRUE(gives_where_steps_vary(0.2, 1.1, 0.95, 1));
}

TEST(AdaptivePolicy, ExpectsAnOverdueStepToTakeSomeMoreTime) {
  EXPECT_FALSE(gives_where_steps_vary(0.2, 1.2, 0.95, 1));
  EXPECT_TRUE(gives_where_steps_vary(0.2, 1.2, 1.05, 1));
}

// The longer a step is, the later it may end.
TEST(AdaptivePolicy, RefusesALongStepEarlierWhereStepsVary) {
  EXPECT_TRUE(gives_where_steps_vary(0, 4, 0, 3));
  EXPECT_FALSE(gives_where_steps_vary(0.25, 4, 0, 3));
}

// The fastest asks ahead but cannot start before the end; that hides nobody who can.
TEST(AdaptivePolicy, ServesTheIdleBeforeABusyOneThatWouldBeLater) {
  ServedJob job = job_of(2, 1024);
  job.measure(0, 128);
  job.measure(1, 64);
  job.set_free(64);
  job.give(0, 512);  // four of the three seconds that are left
  job.give(1, 8);
  job.ask(0);
  EXPECT_EQ(job.serve(), nobody);
  job.finish(1);
  job.ask(1);
  EXPECT_EQ(job.serve().first, 1);
}

// Nine steps are left, half a second for two. What is left over waits for a request.
TEST(AdaptivePolicy, RoundsUpWhereARequestTakesLongerThanAllThatIsLeft) {
  for (const Duration lead : {Duration(800ms), Duration(825ms)}) {
    ServedJob job = job_at_speed_64(2, 1024);
    job.set_free(72);
    job.change(0, &Cluster::set_lead, lead);
    job.ask(0);
    EXPECT_EQ(job.serve(), Given(0, lead > 800ms ? 40 : 32));
  }
}

// It has not reported for a while, so that more seems to be left than is: two seconds.
TEST(AdaptivePolicy, GivesFewerStepsWhereAnotherWouldHaveDoneThemSooner) {
  for (const bool holds : {false, true}) {
    ServedJob job = job_of(2, 8000);
    job.measure(0, 8);
    job.measure(1, 512);
    job.change(1, &Cluster::set_lead, 1s);
    job.set_free(holds ? 700 : 1100);
    if (holds) job.give(1, 400);
    job.ask(0);
    EXPECT_EQ(job.serve(Instant(700ms)), Given(0, holds ? 8 : 16));
  }
}

TEST(AdaptivePolicy, DoesNotHalveWhatIsLeftBelowTwoRoundTrips) {
  ServedJob job = job_at_speed_64(2, 256);  // two seconds for both
  job.change(0, &Cluster::set_lead, 1s);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 128));
}

TEST(AdaptivePolicy, DoesNotHalveWhatIsLeftBelowTwoSteps) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(48);  // three steps for each
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 16));
}

// The slow worker needs eight seconds for a step; the fast one does 64 steps per second, has one in
// work, and would have done 510 by then. 128 are left.
class SlowAsker : public testing::Test {
 protected:
  SlowAsker() {
    job.measure(0, 1);
    job.measure(1, 512);
    job.give(1, 8);
    job.ask(0);
  }

  void begin(Instant now) {
    for (const int worker : {0, 1}) {
      job.works_since(worker, now);
    }
  }

  std::optional<Instant> again() const { return job.policy().reconsider_at(); }

  ServedJob job = job_of(2, 1024);
};

TEST_F(SlowAsker, IsRefusedAStepThatOthersWouldHaveDoneBefore) {
  EXPECT_EQ(job.serve(), nobody);
  EXPECT_EQ(again(), Instant(500ms));
}

TEST_F(SlowAsker, LeavesTheStepToTheFast) {
  job.serve();
  job.ask(1);
  EXPECT_EQ(job.serve().first, 1);
}

TEST_F(SlowAsker, IsGivenAStepIfTheOthersWouldNotHaveDoneAllBefore) {
  job.set_free(4080);
  EXPECT_EQ(job.serve(), nobody);
  job.set_free(4088);
  EXPECT_EQ(job.serve(), Given(0, 8));
  EXPECT_EQ(again(), std::nullopt);
}

// The next epoch begins before the step has to be done.
TEST_F(SlowAsker, IsNotWaitedForAsLongAsTheOthersCanGoOn) {
  FreeWork free = free_work(1024, 1024, 8);
  free.later_cost = 382 * 8;
  job.set_free_work(free);
  EXPECT_EQ(job.serve(), nobody);
  free.later_cost = 383 * 8;
  job.set_free_work(free);
  EXPECT_EQ(job.serve(), Given(0, 8));
}

TEST_F(SlowAsker, IsGivenAStepIfTheOthersGetNowhere) {
  EXPECT_EQ(job.serve(Instant(199ms)), nobody);
  EXPECT_EQ(job.serve(Instant(600ms)), nobody);  // that stands for half a second
  EXPECT_EQ(job.serve(*again()), Given(0, 8));
}

// Signs of life are no progress.
TEST_F(SlowAsker, IsGivenAStepIfTheOthersHang) {
  job.change(1, &Cluster::set_silent_since, Instant(200ms));
  EXPECT_EQ(job.serve(Instant(200ms)), Given(0, 8));
}

TEST_F(SlowAsker, IsGivenAStepIfNobodyElseIsAtWork) {
  job.finish(1);
  EXPECT_EQ(job.serve(), Given(0, 8));
}

TEST_F(SlowAsker, IsGivenAStepIfTheRequestsOfOthersWouldComeTooLate) {
  job.change(1, &Cluster::set_lead, 8s);
  EXPECT_EQ(job.serve(), Given(0, 8));
}

TEST_F(SlowAsker, IsTriedAgainAfterAHundredOfItsSteps) {
  begin(Instant());
  job.works_since(1, Instant(799s));
  EXPECT_EQ(job.serve(Instant(799s)), nobody);
  job.works_since(1, Instant(800s));
  EXPECT_EQ(job.serve(Instant(800s)), Given(0, 8));
}

TEST_F(SlowAsker, IsNotHiddenBehindOneThatWasRefusedLater) {
  job = job_of(3, 1024);
  job.measure(0, 1);
  job.measure(1, 512);
  job.measure(2, 2);
  job.give(1, 8);
  job.ask(0);
  EXPECT_EQ(job.serve(), nobody);
  job.ask(2);
  EXPECT_EQ(job.serve(), nobody);
  EXPECT_EQ(job.serve(Instant(500ms)), Given(2, 8));
  EXPECT_EQ(job.serve(Instant(500ms)), Given(0, 8));
}

// Seconds as a double are not as fine as an instant, and end earlier.
TEST_F(SlowAsker, IsLookedAtAgainLaterThanNowHoweverLateItIs) {
  const Instant end_of_seconds = instant_at(9e9);
  for (const Instant now : {Instant(1s), Instant(123'456'789'123'456'789ns),
                            Instant(8'999'999'999s), end_of_seconds, end_of_seconds + 100s}) {
    begin(now);
    EXPECT_EQ(job.serve(now), nobody);
    EXPECT_GT(again(), now);
  }
}

TEST_F(SlowAsker, IsNotRefusedWhereMuchIsLeft) {
  job.set_free(16384);
  EXPECT_EQ(job.serve().first, 0);
}

TEST(AdaptivePolicy, RefusesAStepThatIsTooExpensiveToEndInTime) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.measure(0, 32);
  job.give(1, 8);
  job.ask(0);
  job.set_free_work(free_work(64, 384, 320));
  EXPECT_EQ(job.serve(), nobody);
  job.set_free_work(free_work(64, 384, 32));
  EXPECT_EQ(job.serve().first, 0);
}

TEST(AdaptivePolicy, TrimsSoThatAllEndTogether) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(0);
  job.give(0, 800);
  EXPECT_EQ(job.trim(), nobody);
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(0, 400));
}

TEST(AdaptivePolicy, TrimsForThoseWhoWillAskToo) {
  ServedJob job = job_at_speed_64(3, 1024);
  job.set_free(0);
  job.give(0, 768);
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(0, 512));
}

TEST(AdaptivePolicy, TrimsTheHolderThatWouldFinishLast) {
  ServedJob job = job_at_speed_64(3, 1024);
  job.measure(2, 32);
  job.set_free(0);
  job.give(0, 400);
  job.give(2, 400);
  job.ask(1);
  EXPECT_EQ(job.trim().first, 2);
}

TEST(AdaptivePolicy, TrimsTheUnmeasuredFirst) {
  ServedJob job = job_of(3, 1024);
  job.measure(0, 64);
  job.measure(1, 64);
  job.set_free(0);
  job.give(0, 800);
  job.give(2, 40);
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(2, 16));  // half of what is behind the step in work
}

TEST(AdaptivePolicy, TrimsBeforeAnybodyIsMeasured) {
  ServedJob job = job_of(2, 1024);
  job.set_free(0);
  job.give(0, 40);
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(0, 16));
}

TEST(AdaptivePolicy, TrimsOnceAnAsker) {
  ServedJob job = job_at_speed_64(4, 1024);
  job.set_free(0);
  job.give(0, 640);
  job.give(1, 800);
  job.ask(2);
  EXPECT_EQ(job.trim().first, 1);
  job.change(2, &Cluster::set_lead, 1ms);  // not a second asker
  EXPECT_EQ(job.trim(), nobody);
  job.ask(3);
  EXPECT_EQ(job.trim().first, 0);
  EXPECT_EQ(job.trim(), nobody);
  job.change(1, &Cluster::set_trimming, false);  // it has answered
  EXPECT_EQ(job.trim().first, 1);
}

TEST(AdaptivePolicy, LeavesAloneWhoHasNothingToGive) {
  ServedJob job = job_at_speed_64(4, 1024);
  job.set_free(0);
  job.ask(3);
  job.give(0, 8);  // the step in work
  EXPECT_EQ(job.trim(), nobody);
  job.give(1, 800);
  job.lose(1);
  job.set_free(0);
  EXPECT_EQ(job.trim(), nobody);
  job.give(2, 800);
  job.change(2, &Cluster::set_trimmable, false);
  EXPECT_EQ(job.trim(), nobody);
  job.change(2, &Cluster::set_trimmable, true);
  EXPECT_EQ(job.trim().first, 2);
}

TEST(AdaptivePolicy, TrimsOnlyIfItHelps) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(0);
  job.give(0, 16);  // a quarter of a second; a step is an eighth
  job.change(0, &Cluster::set_lead, 125ms);
  job.ask(1);
  EXPECT_EQ(job.trim(), nobody);
  EXPECT_EQ(job.policy().reconsider_at(), Instant(62'500us));
  job.change(0, &Cluster::set_lead, 120ms);
  EXPECT_EQ(job.trim(), Given(0, 8));
  EXPECT_EQ(job.policy().reconsider_at(), std::nullopt);
}

TEST(AdaptivePolicy, TrimsAStepAtLeast) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.measure(0, 32);
  job.set_free(0);
  job.give(0, 16);  // half a second; half a step too much
  job.change(0, &Cluster::set_lead, 370ms);
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(0, 8));
}

TEST(AdaptivePolicy, LimitsHowOftenItLooksAgain) {
  const std::vector<std::pair<double, Duration>> waits{
      {0x1p-20, 524'288s}, {1, 500ms}, {8, 100ms}, {64, 62'500us}, {65536, 5ms}};
  for (const auto& [rate, wait] : waits) {
    ServedJob job = job_of(2, 1024);
    job.measure(0, rate);
    job.measure(1, rate);
    job.set_free(0);
    job.give(0, 16);
    job.change(0, &Cluster::set_lead, 1'000'000'000s);
    job.ask(1);
    EXPECT_EQ(job.trim(), nobody);
    EXPECT_EQ(job.policy().reconsider_at(), Instant(wait));
  }
}

TEST(AdaptivePolicy, LooksAgainLaterThanNow) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(0);
  job.give(0, 16);
  job.change(0, &Cluster::set_lead, 1'000'000'000s);
  job.ask(1);
  const Instant now = instant_at(9e9) + 100s;
  job.works_since(0, now);
  EXPECT_EQ(job.trim(now), nobody);
  EXPECT_GT(job.policy().reconsider_at(), now);
}

TEST(AdaptivePolicy, CountsWhatTheTakerStillHolds) {
  ServedJob job = job_at_speed_64(2, 2048);
  job.set_free(0);
  job.give(0, 800);  // ends at 12.5 s
  job.give(1, 640);  // ends at 10 s
  job.ask(1);
  EXPECT_EQ(job.trim(), Given(0, 80));
}

TEST(AdaptivePolicy, AssumesThatASilentHolderIsSlower) {
  ServedJob job = job_at_speed_64(2, 1024);
  job.set_free(0);
  job.give(0, 32);  // half a second
  job.ask(1);
  job.change(0, &Cluster::set_silent_since, Instant(600ms));
  EXPECT_EQ(job.trim(Instant(1s)), nobody);
  job.change(0, &Cluster::set_silent_since, Instant(0s));
  EXPECT_EQ(job.trim(Instant(1s)), Given(0, 24));
}

ServedJob job_with_weights(const PerWorker<double>& weights, std::int64_t samples) {
  return {PolicyOptions{PolicyKind::adaptive, weights, 0}, weights.size(), samples, 8};
}

// 24 steps: the fast worker does all of them before the slow one has done its first.
TEST(AdaptivePolicy, DoesNotBeginOnAWorkerThatIsTooSlowByItsWeight) {
  ServedJob job = job_with_weights({1, 100}, 192);
  job.ask(0);
  EXPECT_EQ(job.serve(), nobody);  // the other is still starting
  job.ask(1);
  EXPECT_EQ(job.serve().first, 1);
  EXPECT_EQ(job.serve(), nobody);
}

TEST(AdaptivePolicy, CountsForSecondsOnAFastWorkerThatHasNotAsked) {
  ServedJob job = job_with_weights({1, 100}, 192);
  job.ask(0);
  EXPECT_EQ(job.serve(Instant(4s)), nobody);
  ASSERT_TRUE(job.policy().reconsider_at());
  EXPECT_LE(*job.policy().reconsider_at(), Instant(5s));
  EXPECT_EQ(job.serve(Instant(5s)), Given(0, 8));
}

TEST(AdaptivePolicy, ServesTheFastestByWeightFirst) {
  ServedJob job = job_with_weights({1, 4, 2}, 80'000);
  for (const int worker : {0, 1, 2}) job.ask(worker);
  EXPECT_EQ(job.serve().first, 1);
  EXPECT_EQ(job.serve().first, 2);
  EXPECT_EQ(job.serve().first, 0);
}

// The weight may be wrong, and what a worker has not begun comes back only after its step.
TEST(AdaptivePolicy, BeginsWithOneStepWhateverTheWeight) {
  ServedJob job = job_with_weights({1, 1000}, 80'000);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 8));
}

TEST(AdaptivePolicy, ServesAWorkerThatIsNotAsSlowAsItsWeightSays) {
  ServedJob job = job_with_weights({1, 100, 1}, 8000);
  for (const int worker : {0, 1, 2}) job.ask(worker);
  for (int i = 0; i < 3; ++i) EXPECT_NE(job.serve(), nobody);
  job.report(0, 1, 0.125);
  job.report(1, 1, 0.125);
  job.set_free(48);
  job.ask(0);
  EXPECT_EQ(job.serve(Instant(125ms)).first, 0);
}

// A hundred seconds of work for two workers, of which worker 0 holds some.
ServedJob job_with_free_work(std::int64_t held) {
  ServedJob job = job_at_speed_64(2, 12'800);
  job.give(0, held);
  job.set_free(12'800 - held);
  return job;
}

TEST(AdaptivePolicy, TakesNothingBackThatIsDoneInTime) {
  ServedJob job = job_with_free_work(6400);
  EXPECT_EQ(job.trim_ahead(), nobody);
}

// It keeps what it can do in half of the time left.
TEST(AdaptivePolicy, TakesBackInTimeWhatAWorkerCannotDo) {
  ServedJob job = job_with_free_work(6400);
  job.measure(0, 16);  // together, 80: they need 160 s, and it alone 400
  EXPECT_EQ(job.trim_ahead(), Given(0, 5120));
  EXPECT_EQ(job.trim_ahead(), nobody) << "it has not answered yet";
}

TEST(AdaptivePolicy, BelievesAVeryLongStepBeforeItIsConfirmed) {
  ServedJob job = job_with_free_work(640);
  job.report(0, 1, 0.125);
  EXPECT_EQ(job.trim_ahead(), nobody);
  job.report(0, 1, 12.5);  // a hundred times as long
  EXPECT_EQ(job.trim_ahead().first, 0);
}

TEST(AdaptivePolicy, LooksAtOneSilentWorkerAfterTheOther) {
  ServedJob job = job_with_free_work(640);
  EXPECT_EQ(job.trim_ahead(Instant(100ms)), nobody);
  const bool at_once = job.trim_ahead(Instant(20s)) != nobody;
  EXPECT_NE(at_once, job.trim_ahead(Instant(20s)) != nobody);
}

TEST(AdaptivePolicy, ATrimAheadDoesNotKeepOthersWaiting) {
  ServedJob job = job_at_speed_64(3, 12'800);
  job.give(0, 6400);
  job.give(1, 3200);
  job.set_free(3200);
  job.measure(0, 1);
  EXPECT_EQ(job.trim_ahead().first, 0);
  job.set_free(0);
  job.ask(2);
  EXPECT_EQ(job.trim().first, 1);
}

TEST(AdaptivePolicy, TakesNothingBackFromAWorkerAlone) {
  ServedJob job = job_at_speed_64(1, 12'800);
  job.give(0, 6400);
  job.set_free(6400);
  job.report(0, 1, 1000);
  EXPECT_EQ(job.trim_ahead(), nobody);
}

}  // namespace
}  // namespace evenkeel

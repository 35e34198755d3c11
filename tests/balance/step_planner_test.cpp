#include "balance/step_planner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace evenkeel {
namespace {

using Counts = PerWorker<std::int64_t>;

StepPlannerOptions options_of(std::int32_t workers, std::int64_t micro_batches) {
  StepPlannerOptions options;
  options.workers = workers;
  options.micro_batches = micro_batches;
  options.least = 0;
  options.most = micro_batches;
  options.warmup_steps = 0;
  return options;
}

// Each worker does a step of ten cost units at its speed, in cost units a second.
void measure(StepPlanner& planner, const PerWorker<double>& speeds) {
  for (const WorkerIndex worker : speeds.indices()) {
    planner.observe(worker, 10, 10 / speeds[worker]);
  }
}

// The same many times, each step by this share slower or faster than it should be, in turn.
void measure_noisily(StepPlanner& planner, const PerWorker<double>& speeds, double noise) {
  for (int i = 0; i < 50; ++i) {
    const double factor = i % 2 == 0 ? 1 + noise : 1 - noise;
    for (const WorkerIndex worker : speeds.indices()) {
      planner.observe(worker, 10, factor * 10 / speeds[worker]);
    }
  }
}

// A worker does many steps, small and large, each of which takes `fixed_s` and `cost_s` a cost
// unit.
void measure_fixed(StepPlanner& planner, WorkerIndex worker, double fixed_s, double cost_s) {
  for (int i = 0; i < 40; ++i) {
    planner.observe(worker, 1, fixed_s + cost_s);
    planner.observe(worker, 5, fixed_s + 5 * cost_s);
  }
}

TEST(StepPlanner, DividesEquallyUntilSomebodyIsMeasured) {
  StepPlanner planner(options_of(3, 12));
  EXPECT_EQ(planner.divide(1000, 0), (Counts{4, 4, 4}));
}

TEST(StepPlanner, GivesLowerRanksWhatIsLeftOfAnEqualDivision) {
  StepPlanner planner(options_of(3, 11));
  EXPECT_EQ(planner.divide(0, 0), (Counts{4, 4, 3}));
}

TEST(StepPlanner, ExpectsOfADivisionThatItIsGivenWhatTheSpeedsLetExpect) {
  StepPlanner planner(options_of(2, 12));
  measure(planner, {2, 1});
  planner.follow(3, {6, 6});
  EXPECT_EQ(planner.divided_so_since(), 0);
  planner.follow(5, {9, 3});
  EXPECT_EQ(planner.divided_so_since(), 5);
  EXPECT_NEAR(planner.expected_step_s().value(), 4.5, 1e-9);
  EXPECT_NEAR(planner.best_step_s().value(), 4, 1e-9);
}

TEST(StepPlanner, FollowsTheSpeeds) {
  StepPlanner planner(options_of(4, 16));
  measure(planner, {4, 2, 1, 1});
  EXPECT_EQ(planner.divide(0, 0), (Counts{8, 4, 2, 2}));
}

TEST(StepPlanner, DoesNotBelieveTheWarmUp) {
  StepPlannerOptions options = options_of(2, 12);
  options.warmup_steps = 1;
  StepPlanner planner(options);
  measure(planner, {1.9, 1});  // one may have had to compile
  EXPECT_EQ(planner.divide(1, 0), (Counts{6, 6}));
  measure(planner, {1, 2});
  EXPECT_EQ(planner.divide(2, 0), (Counts{4, 8}));
}

TEST(StepPlanner, TakesAWorkerForSlowThatWasMuchSlowerInTheWarmUp) {
  StepPlannerOptions options = options_of(3, 63);
  options.warmup_steps = 1;
  StepPlanner planner(options);
  measure(planner, {10, 1, 10});
  EXPECT_EQ(planner.divide(1, 0), (Counts{30, 3, 30}));
  measure(planner, {1, 1, 1});  // it is not
  EXPECT_EQ(planner.divide(2, 0), (Counts{21, 21, 21}));
}

TEST(StepPlanner, LeavesNobodyOutInTheWarmUp) {
  StepPlannerOptions options = options_of(2, 12);
  options.warmup_steps = 1;
  StepPlanner planner(options);
  measure(planner, {1, 1000});
  EXPECT_EQ(planner.divide(1, 0), (Counts{1, 11}));
}

TEST(StepPlanner, DividesEquallyWhileThatIsToBeMeasured) {
  StepPlannerOptions options = options_of(2, 12);
  options.baseline = Baseline(1, 1'000'000);
  StepPlanner planner(options);
  measure(planner, {2, 1});
  EXPECT_EQ(planner.divide(4, 0), (Counts{6, 6}));
  for (int i = 0; i < 3; ++i) planner.baseline().measure(6);
  EXPECT_EQ(planner.divide(5, 0), (Counts{8, 4}));
  EXPECT_EQ(planner.baseline().end(), 5);
}

TEST(StepPlanner, CountsTheAllReduceInWhatEqualStepsCost) {
  for (const double comm_s : {0.0, 3.0}) {
    StepPlannerOptions options = options_of(2, 12);
    options.baseline = Baseline(0, 100);
    StepPlanner planner(options);
    measure(planner, {2, 1});  // balanced, four seconds and the all-reduce
    planner.baseline().measure(6.9);
    planner.divide(2, comm_s);
    EXPECT_EQ(planner.baseline().end() == Baseline::undecided, comm_s > 0);
  }
}

TEST(StepPlanner, TakesASmallGainThatIsCertain) {
  StepPlanner planner(options_of(2, 1000));
  measure(planner, {1, 1.01});  // shorter by 0.5 %
  EXPECT_EQ(planner.divide(1, 0), (Counts{498, 502}));
}

TEST(StepPlanner, KeepsItsDivisionForAGainThatIsNotCertain) {
  StepPlanner planner(options_of(2, 1000));
  measure_noisily(planner, {1, 1.01}, 0.05);
  EXPECT_EQ(planner.divide(31, 0), (Counts{500, 500}));
}

TEST(StepPlanner, TakesAnUncertainGainThatLasts) {
  StepPlanner planner(options_of(2, 1000));
  measure_noisily(planner, {1, 1.01}, 0.05);
  EXPECT_NE(planner.divide(32, 0), (Counts{500, 500}));
}

TEST(StepPlanner, MeasuresHowLongAGainLastsFromTheLastChange) {
  StepPlanner planner(options_of(2, 1000));
  measure(planner, {1, 3});
  ASSERT_EQ(planner.divide(10, 0), (Counts{250, 750}));
  measure_noisily(planner, {1, 2.96}, 0.05);
  EXPECT_EQ(planner.divide(41, 0), (Counts{250, 750}));
  EXPECT_NE(planner.divide(42, 0), (Counts{250, 750}));
}

TEST(StepPlanner, TakesAGainOfMoreThanTwoPercentHoweverUncertain) {
  StepPlanner planner(options_of(2, 1000));
  measure_noisily(planner, {1, 1.06}, 0.3);
  EXPECT_NE(planner.divide(1, 0), (Counts{500, 500}));
}

TEST(StepPlanner, KeepsItsDivisionForATinyGain) {
  StepPlanner planner(options_of(2, 1000));
  measure(planner, {1, 1.0038});  // shorter by 0.19 %
  EXPECT_EQ(planner.divide(1000, 0), (Counts{500, 500}));
}

TEST(StepPlanner, CountsTheAllReduceInTheGain) {
  StepPlanner planner(options_of(2, 1000));
  measure(planner, {1, 1.01});  // of 500 s local work
  EXPECT_EQ(planner.divide(1, 1000), (Counts{500, 500}));
  EXPECT_EQ(planner.divide(2, 500), (Counts{498, 502}));
}

TEST(StepPlanner, KnowsSinceWhenStepsAreDividedAsTheyAre) {
  StepPlanner planner(options_of(2, 12));
  EXPECT_EQ(planner.divided_so_since(), 0);
  measure(planner, {2, 1});
  planner.divide(7, 0);
  planner.divide(9, 0);
  EXPECT_EQ(planner.divided_so_since(), 7);
  EXPECT_EQ(planner.count(WorkerIndex(0)), 8);
  EXPECT_EQ(planner.count(WorkerIndex(1)), 4);
}

TEST(StepPlanner, NeverChangesForNextToNothing) {
  StepPlanner planner(options_of(2, 10'000));
  measure(planner, {1, 1.003});  // shorter by 0.15 %
  EXPECT_EQ(planner.divide(100'000, 0), (Counts{5000, 5000}));
}

TEST(StepPlanner, BelievesALargeChangeAfterTwoReports) {
  StepPlanner planner(options_of(2, 12));
  for (int i = 0; i < 20; ++i) measure(planner, {1, 1});
  EXPECT_FALSE(planner.observe(WorkerIndex(1), 10, 40));
  EXPECT_EQ(planner.divide(21, 0), (Counts{6, 6}));
  const auto change = planner.observe(WorkerIndex(1), 10, 40);
  ASSERT_TRUE(change);
  EXPECT_NEAR(change->before, 1, 1e-9);
  EXPECT_NEAR(change->after, 0.25, 1e-9);
  EXPECT_EQ(planner.divide(22, 0), (Counts{10, 2}));
}

TEST(StepPlanner, TakesTheUnmeasuredForTheMean) {
  StepPlanner planner(options_of(3, 11));
  measure(planner, {3, 1});  // a third of a second and a second a unit: two thirds for the other
  EXPECT_EQ(planner.divide(0, 0), (Counts{6, 2, 3}));
}

TEST(StepPlanner, GivesNothingToAWorkerThatNeedsTooLongForAnything) {
  StepPlanner planner(options_of(2, 8));
  measure_fixed(planner, WorkerIndex(0), 0.01, 1);
  measure_fixed(planner, WorkerIndex(1), 100, 0.1);
  EXPECT_EQ(planner.divide(0, 0), (Counts{8, 0}));
}

// Two workers, of which the second needs a second and more for anything, and the first one for
// all eight micro-batches.
StepPlanner with_one_left_out() {
  StepPlanner planner(options_of(2, 8));
  measure_fixed(planner, WorkerIndex(0), 0, 1.0 / 8);
  measure_fixed(planner, WorkerIndex(1), 1, 1);
  EXPECT_EQ(planner.divide(100, 0), (Counts{8, 0}));
  return planner;
}

TEST(StepPlanner, TriesAWorkerThatIsLeftOutInASingleStep) {
  StepPlanner planner = with_one_left_out();
  EXPECT_EQ(planner.divide(116, 0), (Counts{7, 1}));
  EXPECT_EQ(planner.trial_end(), 117);
  EXPECT_EQ(planner.divide(117, 0), (Counts{8, 0}));
  EXPECT_EQ(planner.count(WorkerIndex(1)), 0);
}

TEST(StepPlanner, LetsTrialsWaitUntilTheLastOneIsPaidFor) {
  StepPlanner planner = with_one_left_out();
  ASSERT_EQ(planner.divide(116, 0), (Counts{7, 1}));
  planner.step_done(116, 2 + 0.5, 0.5);  // a second more than without
  for (std::int64_t step = 117; step < 180; ++step) planner.step_done(step, 1.5, 0.5);
  EXPECT_EQ(planner.divide(180, 0), (Counts{8, 0}));  // after 97 seconds
  for (std::int64_t step = 180; step < 184; ++step) planner.step_done(step, 1.5, 0.5);
  EXPECT_EQ(planner.divide(184, 0), (Counts{7, 1}));
}

TEST(StepPlanner, TakesAWorkerBackThatHasRecovered) {
  StepPlanner planner = with_one_left_out();
  for (const std::int64_t step : {116, 118}) {
    ASSERT_EQ(planner.divide(step, 0), (Counts{7, 1}));
    planner.observe(WorkerIndex(1), 1, 1.0 / 8);
    planner.step_done(step, 1, 0);
  }
  // As before, the first micro-batch takes it twice as long as each one more.
  EXPECT_EQ(planner.divide(120, 0), (Counts{3, 5}));
}

TEST(StepPlanner, TakesAWorkerBackWhoseStandInsSayThatItHasRecovered) {
  StepPlanner planner = with_one_left_out();
  for (std::int64_t step = 100; step < 1000; ++step) {
    planner.observe_stand_in(WorkerIndex(1), 1, 2);
    ASSERT_EQ(planner.divide(step + 1, 0), (Counts{8, 0})) << "without a trial";
  }
  for (int i = 0; i < 2; ++i) planner.observe_stand_in(WorkerIndex(1), 1, 1.0 / 8);
  EXPECT_EQ(planner.divide(1001, 0), (Counts{3, 5}));  // as after two trials
}

TEST(StepPlanner, JudgesAWorkerByAStandInOfPartOfAMicroBatch) {
  StepPlanner planner = with_one_left_out();
  for (std::int64_t step = 100; step < 1000; ++step) {
    planner.observe_stand_in(WorkerIndex(1), 0.25, 1.25);  // a second, and that for any samples
    ASSERT_EQ(planner.divide(step + 1, 0), (Counts{8, 0})) << "without a trial";
  }
  for (int i = 0; i < 2; ++i) {
    const auto seen = planner.observe_stand_in(WorkerIndex(1), 0.25, 1.25 / 16);
    EXPECT_NEAR(seen->rate, 16 / 2.0, 0.01);
  }
  EXPECT_EQ(planner.divide(1001, 0), (Counts{3, 5}));
}

// How much longer a micro-batch takes than a stand-in may have changed meanwhile.
TEST(StepPlanner, ComparesStandInsWithTheLastPart) {
  StepPlanner planner = with_one_left_out();
  EXPECT_NEAR(planner.observe_stand_in(WorkerIndex(1), 0.25, 1.25)->rate, 0.5, 0.01);
  planner.observe(WorkerIndex(1), 1, 2);
  EXPECT_NEAR(planner.observe_stand_in(WorkerIndex(1), 0.25, 2)->rate, 0.5, 0.01);
}

TEST(StepPlanner, TriesAWorkerWhoseStandInsDoNotTellEnough) {
  StepPlanner planner = with_one_left_out();
  planner.observe_stand_in(WorkerIndex(1), 0.25, 0.26);  // about a second, or just as long
  EXPECT_EQ(planner.divide(116, 0), (Counts{7, 1}));
}

TEST(StepPlanner, ExpectsThatStandInsAreWaitedFor) {
  StepPlanner planner = with_one_left_out();
  EXPECT_NEAR(*planner.expected_step_s(), 1, 1e-9);
  planner.observe_stand_in(WorkerIndex(1), 1, 2);
  EXPECT_NEAR(*planner.expected_step_s(), 2, 0.01);
}

TEST(StepPlanner, LearnsNothingFromStandInsBeforeAnyPart) {
  StepPlanner planner(options_of(2, 8));
  EXPECT_FALSE(planner.observe_stand_in(WorkerIndex(1), 1, 2));
  EXPECT_FALSE(planner.is_measured(WorkerIndex(1)));
}

TEST(StepPlanner, TriesNobodyWhereEveryoneTakesPart) {
  StepPlanner planner(options_of(2, 8));
  measure(planner, {10, 30});
  for (std::int64_t step = 0; step < 1000; ++step) {
    ASSERT_EQ(planner.divide(step, 0), (Counts{2, 6}));
  }
  EXPECT_EQ(planner.trial_end(), 0);
}

TEST(StepPlanner, GivesEveryWorkerItsLeastAndNoneMoreThanItsMost) {
  StepPlannerOptions options = options_of(3, 12);
  options.least = 1;
  options.most = 7;
  StepPlanner planner(options);
  measure(planner, {100, 10, 0.001});
  EXPECT_EQ(planner.divide(0, 0), (Counts{7, 4, 1}));
}

TEST(StepPlanner, OnlyMeasuresAnEqualSplit) {
  StepPlannerOptions options = options_of(2, 12);
  options.rule = StepRule::equal;
  StepPlanner planner(options);
  measure(planner, {5, 1});
  EXPECT_EQ(planner.divide(1000, 0), (Counts{6, 6}));
  EXPECT_NEAR(planner.best_step_s().value_or(0), 2, 1e-9);  // ten for the first
}

TEST(StepPlanner, DividesByTheWeightsGiven) {
  StepPlannerOptions options = options_of(2, 12);
  options.rule = StepRule::by_weight;
  options.weights = {3, 1};
  StepPlanner planner(options);
  EXPECT_EQ(planner.divide(0, 0), (Counts{9, 3}));
  measure(planner, {1, 3});
  EXPECT_EQ(planner.divide(1000, 0), (Counts{9, 3}));
}

TEST(StepPlanner, ExpectsWhatTheSpeedsLetExpectWhateverTheWeightsAre) {
  StepPlannerOptions options = options_of(2, 12);
  options.rule = StepRule::by_weight;
  options.weights = {3, 1};
  StepPlanner planner(options);
  measure(planner, {100, 200});
  EXPECT_NEAR(planner.expected_step_s().value(), 0.09, 1e-9);
  EXPECT_NEAR(planner.best_step_s().value(), 0.04, 1e-9);
  EXPECT_NEAR(planner.equal_step_s().value(), 0.06, 1e-9);
}

TEST(StepPlanner, DividesEquallyWithoutWeights) {
  StepPlannerOptions options = options_of(2, 12);
  options.rule = StepRule::by_weight;
  StepPlanner planner(options);
  EXPECT_EQ(planner.divide(0, 0), (Counts{6, 6}));
}

TEST(StepPlanner, ForeseesNothingBeforeItHasMeasured) {
  const StepPlanner planner(options_of(2, 12));
  EXPECT_FALSE(planner.expected_step_s());
  EXPECT_FALSE(planner.best_step_s());
  EXPECT_FALSE(planner.equal_step_s());
  EXPECT_EQ(planner.rate(WorkerIndex(0)), 0);
}

TEST(StepPlanner, ForeseesTheLongestLocalWork) {
  StepPlannerOptions options = options_of(2, 12);
  options.micro_batch_cost = 5;
  StepPlanner planner(options);
  measure(planner, {20, 10});
  EXPECT_NEAR(planner.expected_step_s().value_or(0), 3, 1e-9);  // six at two a second
  EXPECT_NEAR(planner.best_step_s().value_or(0), 2, 1e-9);      // eight and four
  EXPECT_NEAR(planner.equal_step_s().value_or(0), 3, 1e-9);
  planner.divide(0, 0);
  EXPECT_NEAR(planner.expected_step_s().value_or(0), 2, 1e-9);
  EXPECT_NEAR(planner.equal_step_s().value_or(0), 3, 1e-9);
}

TEST(StepPlanner, KnowsTheRateAtThePresentCounts) {
  StepPlannerOptions options = options_of(2, 8);
  options.least = 1;
  options.micro_batch_cost = 2;
  StepPlanner planner(options);
  measure_fixed(planner, WorkerIndex(0), 1, 0.5);
  EXPECT_NEAR(planner.rate(WorkerIndex(0)), 8 / 5.0, 0.05);  // eight units in five seconds
  EXPECT_EQ(planner.rate(WorkerIndex(1)), 0);
  measure_fixed(planner, WorkerIndex(1), 100, 0.5);
  ASSERT_EQ(planner.divide(0, 0), (Counts{7, 1}));
  EXPECT_NEAR(planner.rate(WorkerIndex(0)), 14 / 8.0, 0.05);
}

StepPlannerOptions options_with_prior(const PerWorker<double>& weights, std::int64_t micro_batches,
                                      std::int32_t warmup_steps) {
  StepPlannerOptions options = options_of(weights.size(), micro_batches);
  options.weights = weights;
  options.warmup_steps = warmup_steps;
  return options;
}

TEST(StepPlanner, BeginsByTheWeightsAndGoesOnByTheSpeeds) {
  StepPlanner planner(options_with_prior({3, 1}, 12, 0));
  EXPECT_EQ(planner.divide(0, 0), (Counts{9, 3}));
  measure(planner, {1, 3});
  EXPECT_EQ(planner.divide(1, 0), (Counts{3, 9}));
}

TEST(StepPlanner, KeepsTheWeightsInTheWarmUp) {
  StepPlanner planner(options_with_prior({3, 1}, 12, 1));
  measure(planner, {3, 1.5});  // one may have had to compile
  EXPECT_EQ(planner.divide(1, 0), (Counts{9, 3}));
}

TEST(StepPlanner, KeepsTheWeightsForWhatFirstMeasurementsShowByChance) {
  StepPlanner planner(options_with_prior({3, 1}, 400, 0));
  measure(planner, {3.1, 0.98});
  EXPECT_EQ(planner.divide(1, 0), (Counts{300, 100}));
  for (int i = 0; i < 40; ++i) measure(planner, {3.1, 0.98});
  EXPECT_EQ(planner.divide(41, 0), (Counts{304, 96}));
}

// The first has ninety-nine of a hundred samples, and all wait for it.
TEST(StepPlanner, LeavesWeightsThatTheWarmUpContradicts) {
  StepPlanner planner(options_with_prior({99, 1}, 100, 1));
  measure(planner, {1, 1});
  EXPECT_EQ(planner.divide(1, 0), (Counts{50, 50}));
}

TEST(StepPlanner, BelievesTheWeightsOfTheUnmeasuredAsFarAsTheyAreRightAboutOthers) {
  StepPlanner right(options_with_prior({4, 1, 2}, 70, 0));
  right.observe(WorkerIndex(0), 10, 10 / 4.0);
  right.observe(WorkerIndex(1), 10, 10 / 1.0);
  EXPECT_EQ(right.divide(1, 0), (Counts{40, 10, 20}));
  StepPlanner wrong(options_with_prior({1e4, 1, 1e4}, 60, 0));
  wrong.observe(WorkerIndex(0), 10, 10);
  wrong.observe(WorkerIndex(1), 10, 10);
  const Counts counts = wrong.divide(1, 0);
  EXPECT_NEAR(static_cast<double>(counts[WorkerIndex(2)]), 20, 2);
}

}  // namespace
}  // namespace evenkeel

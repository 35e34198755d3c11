#include "balance/step_divider.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace evenkeel {
namespace {

constexpr std::int64_t batch = 12;

// Costs of samples, in the order of an epoch.
BatchCosts costs_of(const std::vector<double>& samples, const BatchLine& line) {
  BatchCosts costs{std::accumulate(samples.begin(), samples.end(), 0.0) /
                   static_cast<double>(samples.size())};
  costs.highest = *std::ranges::max_element(samples);
  costs.of_step = [=](std::int64_t step) {
    const Interval whole = line.batch(step);
    return std::vector<double>(samples.begin() + whole.begin.value(),
                               samples.begin() + whole.end.value());
  };
  return costs;
}

BatchCosts equal_costs() { return {1}; }

StepDividerOptions options_of(std::int32_t workers, std::int64_t samples) {
  StepDividerOptions options;
  options.workers = workers;
  options.warmup_steps = 0;
  options.step.line.samples = samples;
  options.step.line.global_batch = batch;
  options.step.line.steps = 100;
  options.step.least = 0;
  options.step.most = batch;
  options.step.baseline = false;
  return options;
}

// Each worker does a step of ten cost units at its speed.
void measure(StepDivider& divider, const PerWorker<double>& speeds) {
  for (const WorkerIndex worker : speeds.indices()) {
    divider.planner().observe(worker, 10, 10 / speeds[worker]);
  }
}

// The batch's places, and how often the parts of all workers have each of them.
std::vector<int> uses_of(const StepDivision& division, const BatchLine& line, std::int64_t step,
                         std::int32_t workers) {
  const Interval whole = line.batch(step);
  std::vector<int> uses(static_cast<std::size_t>(whole.samples()), 0);
  for (const WorkerIndex worker : WorkerRange(workers)) {
    for (const Interval& part : division.part(line, worker, step)) {
      for (Position at = part.begin; at < part.end; at = at + 1) {
        ++uses[static_cast<std::size_t>(at - whole.begin)];
      }
    }
  }
  return uses;
}

bool each_once(const std::vector<int>& uses) {
  return std::ranges::all_of(uses, [](int count) { return count == 1; });
}

TEST(StepDivider, FollowsTheSpeeds) {
  StepDivider divider(options_of(2, 30), equal_costs());
  EXPECT_EQ(divider.divide(0, 1, 0).record.counts, (PerWorker<std::int64_t>{6, 6}));
  measure(divider, {1, 3});
  const StepDivision division = divider.divide(1, 5, 0);
  EXPECT_TRUE(division.is_new);
  EXPECT_EQ(division.record.counts, (PerWorker<std::int64_t>{3, 9}));
  EXPECT_EQ(division.before, (PerWorker<std::int64_t>{0, 3}));
  EXPECT_EQ(division.step_samples(options_of(2, 30).step.line, WorkerIndex(1)), 9);
}

TEST(StepDivider, DividesEquallyAsLongAsThatIsMeasured) {
  StepDividerOptions options = options_of(2, 30);
  options.step.baseline = true;
  StepDivider divider(options, equal_costs());
  measure(divider, {1, 3});
  EXPECT_EQ(divider.divide(0, 2, 0).record.counts, (PerWorker<std::int64_t>{6, 6}));
  for (int i = 0; i < 3; ++i) divider.planner().baseline().measure(6);
  EXPECT_EQ(divider.divide(2, 50, 0).record.counts, (PerWorker<std::int64_t>{3, 9}));
}

TEST(StepDivider, FollowsPlansThatItIsGiven) {
  StepDividerOptions options = options_of(2, 30);
  options.step.replay = {{0, 3, {1, 11}, {}}, {3, 7, {10, 2}, {}}};
  StepDivider divider(options, equal_costs());
  EXPECT_FALSE(divider.balances());
  measure(divider, {1, 3});
  EXPECT_EQ(divider.divide(0, 1, 0).record, options.step.replay[0]);
  EXPECT_EQ(divider.divide(3, 4, 0).record, options.step.replay[1]);
  EXPECT_EQ(divider.planner().count(WorkerIndex(0)), 10);
}

TEST(StepDivider, GivesEachSampleOfABatchToOneWorker) {
  std::vector<double> thirty(30, 1);
  for (std::size_t i = 0; i < 10; ++i) thirty[i] = 5;
  for (const bool by_cost : {false, true}) {
    StepDividerOptions options = options_of(3, 30);
    options.step.by_cost = by_cost;
    StepDivider divider(options, costs_of(thirty, options.step.line));
    measure(divider, {1, 2, 4});
    const StepDivision division = divider.divide(0, 6, 0);
    for (std::int64_t step = 0; step < division.record.end_step; ++step) {  // the third is shorter
      EXPECT_TRUE(each_once(uses_of(division, options.step.line, step, 3)))
          << (by_cost ? "by cost" : "by count") << ", step " << step;
    }
  }
}

TEST(StepDivider, DividesCostsInProportionToSpeeds) {
  std::vector<double> samples(60);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i / 10 % 2 == 0 ? 1 : 4;
  StepDividerOptions options = options_of(2, 60);
  options.step.by_cost = true;
  StepDivider divider(options, costs_of(samples, options.step.line));
  measure(divider, {1, 2});
  const StepDivision division = divider.divide(0, 5, 0);
  for (std::int64_t step = 0; step < 5; ++step) {
    PerWorker<double> costs(2, 0);
    for (const WorkerIndex worker : costs.indices()) {
      for (const Interval& part : division.part(options.step.line, worker, step)) {
        costs[worker] += std::accumulate(samples.begin() + part.begin.value(),
                                         samples.begin() + part.end.value(), 0.0);
      }
    }
    EXPECT_NEAR(costs[WorkerIndex(0)], costs[WorkerIndex(1)] / 2, 2) << "step " << step;
  }
}

// The costs of the parts of the second worker, which needs longer for any sample than the first one
// for the batch.
std::vector<double> costs_of_the_second(const std::vector<double>& samples) {
  StepDividerOptions options = options_of(2, 60);
  options.step.by_cost = true;
  StepDivider divider(options, costs_of(samples, options.step.line));
  measure(divider, {10, 0.1});
  std::vector<double> costs;
  for (std::int64_t step = 0; step < 20; ++step) {
    const StepDivision division = divider.divide(step, step + 1, 0);
    costs.push_back(0);
    for (const Interval& part : division.part(options.step.line, WorkerIndex(1), step)) {
      costs.back() = std::accumulate(samples.begin() + part.begin.value(),
                                     samples.begin() + part.end.value(), costs.back());
    }
    divider.planner().step_done(step, 1, 0);
  }
  return costs;
}

TEST(StepDivider, TriesAWorkerThatIsLeftOutByCostWithACheapSample) {
  std::vector<double> expected(20, 0);
  expected[16] = 1;
  EXPECT_EQ(costs_of_the_second(std::vector<double>(60, 1)), expected);
  std::vector<double> unequal(60, 1);
  for (std::size_t i = 0; i < unequal.size(); i += 4) unequal[i] = 5;
  EXPECT_EQ(costs_of_the_second(unequal), expected);
}

TEST(StepDivider, KnowsTheBestDivisionForGivenSpeeds) {
  StepDivider divider(options_of(2, 30), equal_costs());
  PerWorker<StepSpeed> speeds(2);
  for (const WorkerIndex worker : speeds.indices()) speeds[worker].most = batch;
  speeds[WorkerIndex(0)].micro_batch_s = 2;
  speeds[WorkerIndex(1)].micro_batch_s = 1;
  EXPECT_EQ(divider.divide_knowing(7, speeds).record.counts, (PerWorker<std::int64_t>{4, 8}));
}

TEST(StepDivider, GivesEveryoneItsLeastOfABatchThatIsCutShort) {
  StepDividerOptions options = options_of(3, 28);  // batches of 12, 12 and 4 samples
  options.step.by_cost = true;
  options.step.least = 2;
  StepDivider divider(options, costs_of(std::vector<double>(28, 1), options.step.line));
  measure(divider, {1, 1, 100});
  const StepDivision division = divider.divide(0, 3, 0);
  const BatchLine& line = options.step.line;
  for (const WorkerIndex worker : WorkerRange(3)) {
    std::int64_t whole = 0;
    for (const Interval& part : division.part(line, worker, 1)) whole += part.samples();
    EXPECT_GE(whole, 2);
    EXPECT_FALSE(division.part(line, worker, 2).empty());  // one of four each, at least
  }
}

}  // namespace
}  // namespace evenkeel

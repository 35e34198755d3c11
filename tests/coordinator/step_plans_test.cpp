#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

#include "coordinator/step_conversation.h"
#include "core/interval.h"
#include "core/random.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Two workers, whose first step takes both a second.
class StepPlans : public testing::Test {
 protected:
  StepPlans() : dataset(dataset_of(100)), talk(dataset, step_options_of(2)) {}

  void do_first_step(float seconds = 1) {
    talk.say(1, plan_request(0));
    talk.say(1, one_step(0, seconds, 0, 5));
    talk.say(2, one_step(0, seconds, 0, 5));
  }

  Dataset dataset;
  StepConversation talk;
};

TEST_F(StepPlans, BeginWithOneStepDividedEqually) {
  EXPECT_EQ(talk.say(1, plan_request(0)), (Words{"rank 1: plan 1 of steps 0 to 1: 5 after 0",
                                                 "rank 2: plan 1 of steps 0 to 1: 5 after 5"}));
}

TEST_F(StepPlans, AreNotMadeTwiceForTheSameSteps) {
  talk.say(1, plan_request(0));
  EXPECT_EQ(talk.say(2, plan_request(0)), Words{});
  EXPECT_EQ(talk.steps().plans, 1);
}

TEST_F(StepPlans, FollowEachOtherWithoutAGap) {
  talk.say(1, plan_request(0, 4));
  talk.say(1, plan_request(4, 3));
  EXPECT_EQ(talk.say(2, plan_request(4, 3)).at(0), "rank 1: plan 2 of steps 4 to 7: 5 after 0");
  talk.say(1, plan_request(7));
  EXPECT_EQ(talk.say(2, plan_request(7)).at(0), "rank 1: plan 3 of steps 7 to 8: 5 after 0");
  EXPECT_EQ(talk.steps().plans, 3);
}

TEST_F(StepPlans, LastAsLongAsOneTakesToCome) {
  EXPECT_EQ(talk.say(1, plan_request(0, 4)).at(0), "rank 1: plan 1 of steps 0 to 4: 5 after 0");
}

TEST_F(StepPlans, LastAsLongAsOneTakesToComeForTheSlowestToAsk) {
  do_first_step();
  EXPECT_EQ(talk.say(1, plan_request(1, 2)), Words{});
  EXPECT_EQ(talk.say(2, plan_request(1, 7)).at(0), "rank 1: plan 2 of steps 1 to 8: 5 after 0");
}

TEST_F(StepPlans, LastNoShorterIfTheSlowestAsksFirst) {
  do_first_step();
  talk.say(1, plan_request(1, 7));
  EXPECT_EQ(talk.say(2, plan_request(1, 2)).at(0), "rank 1: plan 2 of steps 1 to 8: 5 after 0");
}

TEST_F(StepPlans, LastTenMillisecondsAtLeast) {
  do_first_step(1.0F / 320);
  talk.say(1, plan_request(1));
  EXPECT_EQ(talk.say(2, plan_request(1)).at(0), "rank 1: plan 2 of steps 1 to 5: 5 after 0");
}

TEST_F(StepPlans, EndWithTheJob) {
  EXPECT_EQ(talk.say(1, plan_request(0, 100)).at(0), "rank 1: plan 1 of steps 0 to 30: 5 after 0");
}

TEST_F(StepPlans, WaitForAllToAskForAQuarterOfAStep) {
  do_first_step();
  EXPECT_EQ(talk.say(1, plan_request(1), 1s), Words{});
  EXPECT_EQ(talk.next_wake(), 1250ms);
  EXPECT_EQ(talk.wake(1250ms - 1ns), Words{});
  EXPECT_EQ(talk.wake(1250ms).size(), 2u);
  EXPECT_EQ(talk.wake(1260ms), Words{});
}

TEST_F(StepPlans, WaitForAllToAskForAMomentIfNoStepHasBeenDone) {
  talk.say(1, plan_request(0));
  EXPECT_EQ(talk.say(1, plan_request(1), 1s), Words{});
  EXPECT_EQ(talk.next_wake(), 1050ms);
  EXPECT_EQ(talk.wake(1050ms).at(0), "rank 1: plan 2 of steps 1 to 2: 5 after 0");
}

// All leave the first all-reduce, and report it with their requests.
TEST_F(StepPlans, KnowOfTheFirstStepHowMuchSlowerAWorkerWas) {
  talk.say(1, plan_request(0));
  talk.say(1, plan_request(1));
  talk.say(2, plan_request(1));
  StepReport slow = one_step(0, 9, 0, 5);
  StepReport fast = one_step(0, 1, 8, 5);
  for (StepReport* report : {&slow, &fast}) {
    report->wants_plan = true;
    report->planned_until = 2;
    report->lead_steps = 1;
  }
  talk.say(2, fast);
  EXPECT_EQ(talk.say(1, slow).at(1), "rank 1: plan 3 of steps 2 to 3: 1 after 0");
}

TEST_F(StepPlans, AreMadeOnceAllHaveAsked) {
  do_first_step();
  talk.say(1, plan_request(1), 1s);
  EXPECT_EQ(talk.say(2, plan_request(1), 1100ms).size(), 2u);
  EXPECT_EQ(talk.wake(1250ms), Words{});
}

TEST_F(StepPlans, FollowTheSpeedsReported) {
  talk.say(1, plan_request(0));
  talk.say(1, one_step(0, 1, 0, 5));
  talk.say(2, one_step(0, 0.25F, 0.75F, 5));
  talk.say(1, plan_request(1));
  EXPECT_EQ(talk.say(2, plan_request(1)), (Words{"rank 1: plan 2 of steps 1 to 2: 2 after 0",
                                                 "rank 2: plan 2 of steps 1 to 2: 8 after 2"}));
  EXPECT_EQ(talk.worker(2).step_samples, 8);
}

TEST_F(StepPlans, GiveAPartToAWorkerWhoseStandInsAreFast) {
  talk.say(1, plan_request(0));
  talk.say(1, one_step(0, 1, 0, 5));
  talk.say(2, one_step(0, 500, 0, 5));
  for (std::int64_t step = 1; step < 5; ++step) {
    talk.say(1, plan_request(step));
    ASSERT_EQ(talk.say(2, plan_request(step)).at(1),
              fmt::format("rank 2: plan {0} of steps {1} to {0}: 0 after 10", step + 1, step));
    talk.say(1, one_step(step, 2, 0, 10));
    StepReport stand_in = one_step(step, step < 3 ? 100 : 0.2F, 1.8F, 0);
    stand_in.times[0].stand_in = 1;
    talk.say(2, stand_in);
  }
  talk.say(1, plan_request(5));
  EXPECT_EQ(talk.say(2, plan_request(5)).at(1), "rank 2: plan 6 of steps 5 to 6: 5 after 5");
}

TEST(StepPlan, IsShortAsLongAsStepsAreDividedEquallyToMeasureThem) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.warmup_steps = 2;
  options.step->baseline = true;
  StepConversation talk(dataset, options);
  std::int64_t step = 0;
  const auto plan = [&] {  // the next ones, of steps of a millisecond
    talk.say(1, plan_request(step));
    return talk.say(2, plan_request(step));
  };
  const auto do_step = [&] {
    for (const int rank : {1, 2}) talk.say(rank, one_step(step, 0.001F, 0, 5));
    ++step;
  };
  EXPECT_EQ(talk.say(1, plan_request(0)).at(0), "rank 1: plan 1 of steps 0 to 1: 5 after 0");
  do_step();
  for (int i = 0; i < 4; ++i, do_step()) {
    EXPECT_EQ(plan().at(0), fmt::format("rank 1: plan {} of steps {} to {}: 5 after 0", step + 1,
                                        step, step + 1));
  }
  EXPECT_EQ(plan().at(0), "rank 1: plan 6 of steps 5 to 6: 5 after 0");
  do_step();
  EXPECT_EQ(plan().at(0), "rank 1: plan 7 of steps 6 to 16: 5 after 0");
}

TEST(StepPlan, FollowsWeightsFromTheFirstStepOn) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(2);
  options.step->baseline = true;
  options.policy.kind = PolicyKind::weighted;
  options.policy.weights = {4, 1};
  StepConversation talk(dataset, options);
  EXPECT_EQ(talk.say(1, plan_request(0, 25)).at(0), "rank 1: plan 1 of steps 0 to 25: 8 after 0");
  talk.say(1, one_step(0, 1, 0, 8));
  talk.say(2, one_step(0, 1, 0, 2));
  EXPECT_FALSE(talk.steps().equal_measured);
}

TEST(StepPlan, GivesEveryWorkerItsLeastAndNoneMoreThanItsMost) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = step_options_of(3);
  options.step->least = 2;
  options.step->most = 5;
  StepConversation talk(dataset, options);
  talk.say(1, plan_request(0));
  talk.say(1, one_step(0, 4, 0, 4));
  talk.say(2, one_step(0, 30, 0, 3));
  talk.say(3, one_step(0, 0.03F, 0, 3));
  for (int rank = 1; rank <= 2; ++rank) talk.say(rank, plan_request(1));
  EXPECT_EQ(talk.say(3, plan_request(1)), (Words{"rank 1: plan 2 of steps 1 to 2: 3 after 0",
                                                 "rank 2: plan 2 of steps 1 to 2: 2 after 3",
                                                 "rank 3: plan 2 of steps 1 to 2: 5 after 5"}));
}

// Workers of random speeds, who report in any order as many steps at once as they like.
class RandomJob {
 public:
  RandomJob(const Dataset& dataset, const CoordinatorOptions& options, std::uint64_t seed)
      : line_(options.step->line),
        talk_(dataset, options),
        random_(seed),
        plans_(static_cast<std::size_t>(options.workers)),
        reported_(plans_.size(), 0),
        done_(static_cast<std::size_t>(line_.steps)) {}

  void run() {
    Duration now{};
    while (!talk_.coordinator().finished() && !testing::Test::HasFatalFailure()) {
      now += 1s;
      talk_.wake(now);
      take_in();
      speak(random_.below(plans_.size()), now);
    }
  }

  void expect_that_spans_tile_every_batch() const {
    for (std::int64_t step = 0; step < line_.steps; ++step) {
      const auto intervals = done_[static_cast<std::size_t>(step)].intervals();
      ASSERT_EQ(intervals.size(), 1U) << step;
      EXPECT_EQ(intervals.front(), line_.batch(step)) << step;
    }
  }

  const StepCoordinator& coordinator() const { return talk_.coordinator(); }
  std::size_t plans() const { return plans_.at(0).size(); }

 private:
  void speak(std::size_t worker, Duration now) {
    const std::int64_t first = reported_[worker];
    const std::int64_t planned = plans_[worker].empty() ? 0 : plans_[worker].back().end_step;
    StepReport report;
    if (first < planned) {
      const std::int64_t steps =
          1 + static_cast<std::int64_t>(random_.below(
                  std::min<std::uint64_t>(16, static_cast<std::uint64_t>(planned - first))));
      report = steps_of(worker, first, steps, now);
      reported_[worker] += steps;
    } else if (planned < line_.steps) {
      report = plan_request(planned, 1 + static_cast<std::int32_t>(random_.below(4)));
    }
    talk_.say(static_cast<int>(worker) + 1, report, now);
    take_in();
  }

  StepReport steps_of(std::size_t worker, std::int64_t first, std::int64_t steps, Duration now) {
    StepReport report;
    report.first_step = first;
    report.steps = static_cast<std::int32_t>(steps);
    report.last_end = Instant(now);
    for (std::int64_t i = 0; i < steps; ++i) {
      std::size_t plan = 0;
      while (plans_[worker][plan].end_step <= first + i) ++plan;
      const auto samples = static_cast<float>(
          line_
              .part(line_.batch(first + i), plans_[worker][plan].before, plans_[worker][plan].count)
              .samples());
      report.times[static_cast<std::size_t>(i)] = {static_cast<float>(1 + random_.below(9)), 0,
                                                   samples, 0};
      report.cost += static_cast<double>(samples);
    }
    return report;
  }

  // Every worker gets every plan, and every span lies where nobody has been.
  void take_in() {
    for (const CoordinatorOutput<StepMode>& output : talk_.outbox()) {
      if (const auto* send = std::get_if<Send<StepMode>>(&output)) {
        const Plan& plan = std::get<Plan>(send->message);
        std::vector<Plan>& known = plans_[static_cast<std::size_t>(send->to.value() - 1)];
        ASSERT_EQ(plan.number, known.size() + 1);
        ASSERT_EQ(plan.first_step, known.empty() ? 0 : known.back().end_step);
        ASSERT_LT(plan.first_step, plan.end_step);
        known.push_back(plan);
      } else if (const auto* span = std::get_if<Span>(&output)) {
        const auto step = static_cast<std::int64_t>(span->lease.value());
        EXPECT_EQ(span->pass, line_.pass(step));
        EXPECT_TRUE(done_[static_cast<std::size_t>(step)].insert(span->interval)) << step;
      }
    }
  }

  BatchLine line_;
  StepConversation talk_;
  Random random_;
  std::vector<std::vector<Plan>> plans_;  // by worker
  std::vector<std::int64_t> reported_;    // by worker
  std::vector<IntervalSet> done_;         // by step
};

TEST(StepPlan, DividesEveryBatchOnceHoweverWorkersReport) {
  const Dataset dataset = dataset_of(97);
  CoordinatorOptions options = step_options_of(4);
  options.step->line = {.samples = 97, .global_batch = 24, .micro_batch = 2, .steps = 53};
  options.step->most = 12;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomJob job(dataset, options, seed);
    job.run();
    ASSERT_TRUE(job.coordinator().finished()) << "seed " << seed;
    job.expect_that_spans_tile_every_batch();
    EXPECT_EQ(job.coordinator().job().samples_done, options.step->line.samples_in(53));
    EXPECT_GT(job.plans(), 5U);
  }
}

}  // namespace
}  // namespace evenkeel

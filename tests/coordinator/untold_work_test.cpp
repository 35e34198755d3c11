// Workers that do not say where their local work ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "coordinator/step_conversation.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Thirty steps of ten samples, one plan a step.
class UntoldSteps : public testing::Test {
 protected:
  UntoldSteps() : dataset(dataset_of(100)) {}

  // The next step of every worker: it takes as long as `seconds` of the slowest says, all-reduce of
  // a second included. Returns what was said of those that are silent about their local work.
  Words step(StepConversation& talk, const std::vector<float>& seconds,
             const std::vector<bool>& told) {
    Words untold;
    const float step_s = *std::max_element(seconds.begin(), seconds.end()) + 1;
    now_ += std::chrono::seconds(10);
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      talk.say(static_cast<int>(i) + 1, plan_request(done_), now_);
    }
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      const int rank = static_cast<int>(i) + 1;
      const auto cost = static_cast<float>(talk.worker(rank).step_samples);
      parts_.push_back(cost);
      const StepReport report = told[i]
                                    ? one_step(done_, seconds[i], step_s - seconds[i], cost, now_)
                                    : one_untold_step(done_, step_s, cost, now_);
      for (const std::string& word : talk.say(rank, report, now_)) {
        if (word.starts_with("untold")) untold.push_back(word);
      }
    }
    ++done_;
    return untold;
  }

  // The same time and again.
  Words steps(StepConversation& talk, int count, const std::vector<float>& seconds,
              const std::vector<bool>& told) {
    Words untold;
    for (int i = 0; i < count; ++i) {
      for (const std::string& word : step(talk, seconds, told)) untold.push_back(word);
    }
    return untold;
  }

  Dataset dataset;
  std::vector<float> parts_;  // of worker after worker, in step after step

 private:
  Duration now_{};
  std::int64_t done_ = 0;
};

TEST_F(UntoldSteps, AreToldOfOnceAfterTheFifth) {
  StepConversation talk(dataset, step_options_of(2));
  EXPECT_EQ(steps(talk, 4, {1, 4}, {false, false}), Words{});
  EXPECT_EQ(step(talk, {1, 4}, {false, false}), Words{"untold: 1 2"});
  EXPECT_EQ(steps(talk, 25, {1, 4}, {false, false}), Words{});
}

TEST_F(UntoldSteps, AreToldOfAtTheEndOfAShorterJob) {
  CoordinatorOptions options = step_options_of(2);
  options.step->line.first_step = 27;
  StepConversation talk(dataset, options);
  Words said;
  for (std::int64_t step = 27; step < 30; ++step) {
    talk.say(1, plan_request(step));
    talk.say(2, plan_request(step), 1h);
    EXPECT_EQ(said, Words{}) << step;
    talk.say(1, one_untold_step(step, 5, 5));
    for (const std::string& word : talk.say(2, one_untold_step(step, 5, 5))) {
      if (word.starts_with("untold")) said.push_back(word);
    }
  }
  EXPECT_EQ(said, Words{"untold: 1 2"});
}

TEST_F(UntoldSteps, AreThoseOfTheWorkersThatNeverTell) {
  StepConversation talk(dataset, step_options_of(3));
  EXPECT_EQ(step(talk, {1, 1, 4}, {true, false, false}), Words{});
  EXPECT_EQ(steps(talk, 29, {1, 1, 4}, {false, true, false}), Words{"untold: 3"});
}

TEST_F(UntoldSteps, AreNotMindedWhereThereIsNobodyToWaitFor) {
  StepConversation talk(dataset, step_options_of(1));
  EXPECT_EQ(steps(talk, 30, {1}, {false}), Words{});
  EXPECT_EQ(talk.worker(1).untold_steps, 0);
  EXPECT_EQ(talk.worker(1).busy, Duration(60s));
  EXPECT_EQ(talk.steps().untold_steps, 0);
  EXPECT_NEAR(talk.steps().bound_s, 2, 1e-9);
}

TEST_F(UntoldSteps, LeaveTheDivisionAsItIs) {
  StepConversation talk(dataset, step_options_of(2));
  steps(talk, 30, {1, 4}, {false, false});
  EXPECT_EQ(parts_, std::vector<float>(60, 5));
}

// Noise of what is no speed at all.
TEST_F(UntoldSteps, LeaveTheDivisionAsItIsHoweverTheyVary) {
  CoordinatorOptions options = step_options_of(2);
  for (const PolicyKind policy : {PolicyKind::adaptive, PolicyKind::performance}) {
    options.policy.kind = policy;
    StepConversation talk(dataset, options);
    for (std::int64_t step = 0; step < 30; ++step) {
      talk.say(1, plan_request(step));
      talk.say(2, plan_request(step), 1h);
      EXPECT_EQ(talk.worker(1).step_samples, 5) << step;
      talk.say(1, one_untold_step(step, step % 2 == 0 ? 1 : 20, 5));
      talk.say(2, one_untold_step(step, 3, 5));
    }
  }
}

TEST_F(UntoldSteps, DoNotKeepTheOthersFromBeingBalanced) {
  StepConversation talk(dataset, step_options_of(3));
  step(talk, {1, 4, 4}, {true, true, false});
  step(talk, {1, 4, 4}, {true, true, false});
  EXPECT_GT(talk.worker(1).step_samples, 4);
  EXPECT_LT(talk.worker(2).step_samples, 3);
  EXPECT_LE(talk.worker(3).step_samples, 3) << "no more than an equal part";
}

TEST_F(UntoldSteps, SayNothingOfSpeedsLimitAndImbalance) {
  StepConversation talk(dataset, step_options_of(2));
  steps(talk, 3, {1, 4}, {false, false});
  EXPECT_EQ(talk.steps().untold_steps, 3);
  EXPECT_EQ(talk.steps().median_s, 5);
  EXPECT_EQ(talk.steps().bound_s, 0);
  EXPECT_EQ(talk.steps().equal_s, 0);
  EXPECT_EQ(talk.steps().imbalance, 0);
  EXPECT_EQ(talk.coordinator().job().bound_s, 0);
  for (const int rank : {1, 2}) {
    const WorkerRecord record = talk.worker(rank);
    EXPECT_EQ(record.untold_steps, 3);
    EXPECT_EQ(record.undivided, Duration(15s));
    EXPECT_EQ(record.busy, Duration(0));
    EXPECT_EQ(record.comm, Duration(0));
    EXPECT_EQ(record.waited_for_others, Duration(0));
    EXPECT_EQ(record.times_last, 0);
    EXPECT_EQ(record.speed, 0);
  }
}

TEST_F(UntoldSteps, OfSomeWorkersLeaveTheWaitingOfAllUnknown) {
  StepConversation talk(dataset, step_options_of(2));
  steps(talk, 3, {1, 4}, {true, false});
  EXPECT_EQ(talk.steps().untold_steps, 3);
  EXPECT_EQ(talk.steps().bound_s, 0) << "though the speed of one is known";
  EXPECT_EQ(talk.worker(1).untold_steps, 0);
  EXPECT_EQ(talk.worker(1).busy, Duration(3s));
  EXPECT_EQ(talk.worker(1).undivided, Duration(12s)) << "in the all-reduce";
  EXPECT_EQ(talk.worker(1).waited_for_others, Duration(0));
  EXPECT_EQ(talk.worker(2).undivided, Duration(15s));
}

TEST_F(UntoldSteps, LeaveTheFiguresToTheOtherSteps) {
  StepConversation talk(dataset, step_options_of(2));
  step(talk, {1, 1}, {false, false});
  step(talk, {1, 1}, {true, true});
  EXPECT_EQ(talk.steps().untold_steps, 1);
  EXPECT_EQ(talk.steps().bound_s, 2);
  EXPECT_EQ(talk.coordinator().job().bound_s, 4) << "of both steps";
  const WorkerRecord record = talk.worker(1);
  EXPECT_EQ(record.untold_steps, 1);
  EXPECT_EQ(record.undivided, Duration(2s));
  EXPECT_EQ(record.busy, Duration(1s));
  EXPECT_EQ(record.comm, Duration(1s));
}

}  // namespace
}  // namespace evenkeel

#include "job/step_options.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "dataset/samples.h"
#include "evenkeel/error.h"
#include "job/job_options.h"

namespace evenkeel {
namespace {

constexpr std::int64_t samples = 1000;
constexpr std::int64_t most_int = std::numeric_limits<std::int64_t>::max();

JobOptions step_mode() {
  JobOptions options;
  options.manifest = "shards.json";
  options.mode = Mode::step;
  options.global_batch = 64;
  return options;
}

// The refusal of good options for three workers after one change; empty if they are accepted.
template <typename Change>
std::string refusal(Change change, std::int64_t of_samples = samples) {
  JobOptions options = step_mode();
  change(options);
  try {
    checked_options(options, std::vector<std::string>(3),
                    Dataset::cut(manifest_of({of_samples}), of_samples));
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(StepOptions, ReachTheCoordinator) {
  JobOptions options = step_mode();
  options.micro_batch = 4;
  options.max_batch = 30;
  options.min_batch = 5;
  options.baseline = false;
  options.last = LastBatch::drop;
  options.epochs = 2;
  const StepModeOptions mode = checked_step_mode(options, 3, samples);
  EXPECT_EQ(mode.line.samples, samples);
  EXPECT_EQ(mode.line.global_batch, 64);
  EXPECT_EQ(mode.line.micro_batch, 4);
  EXPECT_FALSE(mode.line.keeps_last);
  EXPECT_EQ(mode.line.steps, 2 * (samples / 64));
  EXPECT_EQ(mode.most, 7);   // whole micro-batches within 30 samples
  EXPECT_EQ(mode.least, 2);  // that hold 5 samples
  EXPECT_FALSE(mode.baseline);
}

TEST(StepOptions, CountThePartialBatchOfEveryEpoch) {
  JobOptions options = step_mode();
  options.epochs = 3;
  EXPECT_EQ(checked_step_mode(options, 3, samples).line.steps, 3 * 16);
}

TEST(StepOptions, LimitTheSteps) {
  JobOptions options = step_mode();
  options.steps = 1;
  EXPECT_EQ(checked_step_mode(options, 3, samples).line.steps, 1);
  options.steps = 1'000'000;
  EXPECT_EQ(checked_step_mode(options, 3, samples).line.steps, 1'000'000);
}

TEST(StepOptions, GiveEveryWorkerAMicroBatchByDefault) {
  EXPECT_EQ(checked_step_mode(step_mode(), 3, samples).least, 1);
  EXPECT_EQ(checked_step_mode(step_mode(), 3, samples).most, 64);
}

TEST(StepOptions, MayLeaveWorkersOut) {
  JobOptions options = step_mode();
  options.global_batch = 2;
  options.min_batch = 0;
  EXPECT_EQ(checked_step_mode(options, 3, samples).least, 0);
}

TEST(StepOptions, RefuseWhatCannotBeDivided) {
  EXPECT_EQ(refusal([](JobOptions&) {}), "");
  EXPECT_EQ(refusal([](JobOptions& o) { o.global_batch = 0; }),
            "--global-batch: 0 is too small; give at least 1");
  EXPECT_EQ(refusal([](JobOptions& o) { o.micro_batch = -1; }),
            "--micro-batch: -1 is too small; give at least 1");
  EXPECT_EQ(refusal([](JobOptions& o) { o.micro_batch = 7; }),
            "--global-batch: 64 is not a multiple of --micro-batch 7; give 63 or 70");
  EXPECT_EQ(refusal([](JobOptions& o) { o.micro_batch = 100; }),
            "--global-batch: 64 is not a multiple of --micro-batch 100; give 100");
  EXPECT_EQ(refusal([](JobOptions& o) { o.global_batch = 1001; }),
            "--global-batch: 1001 samples, but the dataset has only 1000; give fewer");
  EXPECT_EQ(refusal([](JobOptions& o) { o.steps = 0; }),
            "--steps: 0 is too small; give at least 1");
}

TEST(StepOptions, DivideByCostInSingleSamples) {
  JobOptions options = step_mode();
  options.partition = Partition::cost;
  EXPECT_TRUE(checked_step_mode(options, 3, samples).by_cost);
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.partition = Partition::cost;
              o.micro_batch = 4;
            }),
            "--partition: cost divides single samples; give --micro-batch 1 in place of 4");
}

TEST(StepOptions, RefuseLimitsThatDoNotFitTheBatch) {
  EXPECT_EQ(refusal([](JobOptions& o) { o.max_batch = 21; }),
            "--max-batch: 3 workers of at most 21 samples cannot take --global-batch 64; give at "
            "least 22, or a smaller --global-batch");
  EXPECT_EQ(refusal([](JobOptions& o) { o.max_batch = 22; }), "");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.micro_batch = 4;
              o.max_batch = 3;
            }),
            "--max-batch: 3 is below --micro-batch 4; give more");
  EXPECT_EQ(refusal([](JobOptions& o) { o.min_batch = 22; }),
            "--min-batch: 3 workers of at least 22 samples take more than --global-batch 64; give "
            "at most 21");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.micro_batch = 4;
              o.min_batch = 21;
            }),
            "--min-batch: 3 workers of at least 24 samples take more than --global-batch 64; give "
            "at most 20");
  EXPECT_EQ(refusal([](JobOptions& o) { o.min_batch = most_int; }),
            "--min-batch: 9223372036854775807 is too large; give at most 1000000000000");
  EXPECT_EQ(
      refusal([](JobOptions& o) { o.min_batch = 1'000'000'000'000; }),
      "--min-batch: 3 workers of at least 1000000000000 samples take more than --global-batch "
      "64; give at most 21");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.min_batch = 40;
              o.max_batch = 20;
            }),
            "--min-batch: 40 is above --max-batch 20; give less");
  EXPECT_EQ(refusal([](JobOptions& o) { o.min_batch = -1; }),
            "--min-batch: -1 is too small; give at least 0");
  EXPECT_EQ(refusal([](JobOptions& o) { o.global_batch = 2; }),
            "--global-batch: 2 samples in micro-batches of 1 are too few for 3 workers; give at "
            "least 3, or --min-batch 0 to leave workers out");
}

TEST(StepOptions, RefuseBatchesOfMoreMicroBatchesThanCanBeDivided) {
  constexpr std::int64_t many = std::int64_t{1} << 31;
  EXPECT_EQ(refusal([](JobOptions& o) { o.global_batch = many; }, many),
            "--global-batch: 2147483648 samples are more than 10000000 micro-batches of 1; give at "
            "most 10000000, or a larger --micro-batch");
  EXPECT_EQ(refusal(
                [](JobOptions& o) {
                  o.global_batch = many;
                  o.partition = Partition::cost;
                },
                many),
            "--global-batch: 2147483648 samples are more than 10000000 micro-batches of 1; give at "
            "most 10000000");
  EXPECT_EQ(refusal(
                [](JobOptions& o) {
                  o.global_batch = many;
                  o.micro_batch = 1024;
                },
                many),
            "");
}

TEST(StepOptions, RefuseMoreSamplesThanCanBeCounted) {
  EXPECT_EQ(refusal([](JobOptions& o) { o.epochs = 1'000'000; }, std::int64_t{1} << 44),
            "--epochs: 1000000 of 17592186044416 samples are more than can be counted; give fewer");
  EXPECT_EQ(refusal([](JobOptions&) {}, Dataset::max_samples), "");
  EXPECT_EQ(refusal([](JobOptions& o) { o.steps = 1'000'000'000'000; }),
            "--steps: 1000000000000 of 64 samples are more than can be counted; give fewer");
}

TEST(StepOptions, BeginAtAnyStepBeforeTheEnd) {
  EXPECT_EQ(refusal([](JobOptions& o) { o.first_step = 15; }), "");  // the last of 1,000 / 64
  EXPECT_EQ(refusal([](JobOptions& o) { o.first_step = 16; }),
            "--first-step: 16 is beyond the job's last step, 15; give less, or more --epochs");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.steps = 4;
              o.first_step = 4;
            }),
            "--first-step: 4 is beyond the job's last step, 3; give less, or more --steps");
  EXPECT_EQ(refusal([](JobOptions& o) { o.first_step = -1; }),
            "--first-step: -1 is too small; give at least 0");
}

}  // namespace
}  // namespace evenkeel

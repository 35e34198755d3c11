#include "job/job_terms.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// No field has the value that it has by default.
JobTerms terms() {
  CoordinatorOptions job;
  job.order = {Shuffle::full, ~std::uint64_t{0}, 77};
  job.step_samples = 48;
  job.warmup_steps = 3;
  job.report_interval = 250ms;
  job.epochs = 9;
  job.start_with = 3;
  job.shard_samples = 4096;
  job.idempotent = true;
  StepModeOptions step;
  step.line = {1000, 60, 4, false, 33, 7};
  step.least = 2;
  job.step = step;
  return terms_of(job, "best \xff");
}

void expect_back(const JobTerms& sent) {
  const std::vector<std::int64_t> numbers = pack(sent);
  ASSERT_FALSE(numbers.empty());
  const JobTerms got = unpack(numbers);
  EXPECT_EQ(got.order.shuffle, sent.order.shuffle);
  EXPECT_EQ(got.order.seed, sent.order.seed);
  EXPECT_EQ(got.order.shuffle_block, sent.order.shuffle_block);
  EXPECT_EQ(got.worker.step_samples, sent.worker.step_samples);
  EXPECT_EQ(got.worker.warmup_steps, sent.worker.warmup_steps);
  EXPECT_EQ(got.worker.report_interval, sent.worker.report_interval);
  EXPECT_EQ(got.epochs, sent.epochs);
  EXPECT_EQ(got.start_with, 3);
  EXPECT_EQ(got.shard_samples, sent.shard_samples);
  EXPECT_EQ(got.min_batch, sent.min_batch);
  EXPECT_EQ(got.resumed_tag, sent.resumed_tag);
  EXPECT_EQ(got.idempotent, sent.idempotent);
  ASSERT_EQ(got.mode(), sent.mode());
  if (!sent.line) return;
  EXPECT_EQ(got.line->samples, sent.line->samples);
  EXPECT_EQ(got.line->global_batch, sent.line->global_batch);
  EXPECT_EQ(got.line->micro_batch, sent.line->micro_batch);
  EXPECT_EQ(got.line->keeps_last, sent.line->keeps_last);
  EXPECT_EQ(got.line->steps, sent.line->steps);
  EXPECT_EQ(got.line->first_step, sent.line->first_step);
}

TEST(JobTerms, PackAndUnpack) {
  EXPECT_EQ(terms().min_batch, 8);
  EXPECT_EQ(terms().mode(), Mode::step);
  expect_back(terms());
  JobTerms lease = terms();
  lease.line.reset();
  lease.resumed_tag.clear();
  expect_back(lease);
}

using JobTermsDeathTest = testing::Test;

TEST(JobTermsDeathTest, RefuseShortOrLongInput) {
  std::vector<std::int64_t> numbers = pack(terms());
  numbers.push_back(0);
  EXPECT_DEATH(unpack(numbers), "check failed");
  numbers.resize(numbers.size() - 2);
  EXPECT_DEATH(unpack(numbers), "check failed");
}

}  // namespace
}  // namespace evenkeel

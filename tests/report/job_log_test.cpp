#include "report/job_log.h"

#include <gtest/gtest.h>

#include <string>

#include "core/random.h"
#include "dataset/samples.h"
#include "evenkeel/error.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using testing::content_of;
using testing::ScratchFolder;

// Its samples, in shards of ten.
Dataset dataset_of(const Manifest& manifest = manifest_of({40, 40})) {
  return Dataset::cut(manifest, 10);
}

// Three workers, 10 steps of 8 samples.
CoordinatorOptions job_of(bool by_cost) {
  CoordinatorOptions job;
  job.workers = 3;
  job.shard_samples = 10;
  StepModeOptions step;
  step.line = {80, 8, 1, true, 10};
  step.most = 8;
  step.by_cost = by_cost;
  job.step = step;
  return job;
}

const std::vector<PlanRecord> by_count{{0, 4, {2, 3, 3}, {}}, {4, 10, {6, 1, 1}, {}}};
const std::vector<PlanRecord> by_cost{{0, 1, {2, 3, 3}, {}},
                                      {1, 10, {}, {{4096, 0}, {5000, 7}, {9000, 123456789012}}}};

// A log with these plans.
std::string logged(const ScratchFolder& folder, const CoordinatorOptions& job,
                   const std::vector<PlanRecord>& plans) {
  std::string path = folder.file("job.jsonl");
  JobLog log(path, job, dataset_of());
  for (const PlanRecord& plan : plans) {
    log.on_plan(plan);
    log.on_event(Event{instant_at(1.5), Rank(2), EventKind::slower, 4, 2});
  }
  log.close();
  return path;
}

// Why plans cannot be read for this job, without the path.
std::string refusal(const std::string& path, const CoordinatorOptions& job,
                    const Dataset& dataset = dataset_of()) {
  try {
    read_plans(path, job, dataset);
  } catch (const UserError& error) {
    return std::string(error.what()).substr(path.size() + 1);
  }
  return "";
}

TEST(JobLog, RoundTripsPlans) {
  const ScratchFolder folder;
  EXPECT_EQ(read_plans(logged(folder, job_of(false), by_count), job_of(false), dataset_of()),
            by_count);
  EXPECT_EQ(read_plans(logged(folder, job_of(true), by_cost), job_of(true), dataset_of()), by_cost);
}

TEST(JobLog, GivesNoMorePlansThanTheJobHasSteps) {
  const ScratchFolder folder;
  CoordinatorOptions job = job_of(false);
  const std::string path = logged(folder, job, by_count);
  job.step->line.steps = 5;
  EXPECT_EQ(read_plans(path, job, dataset_of()),
            (std::vector<PlanRecord>{{0, 4, {2, 3, 3}, {}}, {4, 5, {6, 1, 1}, {}}}));
  job.step->line.steps = 4;
  EXPECT_EQ(read_plans(path, job, dataset_of()), (std::vector<PlanRecord>{{0, 4, {2, 3, 3}, {}}}));
}

TEST(JobLog, RecordsEvents) {
  const ScratchFolder folder;
  const std::string text = content_of(logged(folder, job_of(false), by_count));
  EXPECT_NE(text.find(R"({"event":"slower","t":1.5,"rank":2,"detail":"4 -> 2 samples/s"})"),
            std::string::npos)
      << text;
}

TEST(JobLog, IsNotReplayedInAnotherJob) {
  const ScratchFolder folder;
  const std::string path = logged(folder, job_of(false), by_count);
  CoordinatorOptions job = job_of(false);
  job.workers = 4;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with workers 3, here it is 4; replay it with the same");
  job = job_of(false);
  job.order.seed = 5;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with seed \"0\", here it is \"5\"; replay it with the same");
  EXPECT_EQ(refusal(path, job_of(true)),
            "1: the log is of a job with partition \"count\", here it is \"cost\"; replay it with "
            "the same");
}

TEST(JobLog, IsNotReplayedInAnotherOrderOfTheSamples) {
  const ScratchFolder folder;
  const std::string path = logged(folder, job_of(false), by_count);
  CoordinatorOptions job = job_of(false);
  job.order.shuffle = Shuffle::full;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with shuffle \"shards\", here it is \"full\"; replay it with "
            "the same");
  job = job_of(false);
  job.shard_samples = 20;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with shard-samples \"10\", here it is \"20\"; replay it with "
            "the same");
}

TEST(JobLog, IsNotReplayedOnAnotherDataset) {
  const ScratchFolder folder;
  const CoordinatorOptions job = job_of(false);
  const std::string path = logged(folder, job, by_count);
  EXPECT_EQ(refusal(path, job, dataset_of(manifest_of({40, 20, 20}))),
            "1: the log is of a job with files \"2\", here it is \"3\"; replay it with the same");
  EXPECT_EQ(
      refusal(path, job, dataset_of(manifest_of({40, 50}))),
      "1: the log is of a job with samples \"80\", here it is \"90\"; replay it with the same");
  EXPECT_EQ(
      refusal(path, job, dataset_of(manifest_of({40, 40}, {30, 30.5}))),
      "1: the log is of a job with cost \"80\", here it is \"60.5\"; replay it with the same");
  const std::string fault = refusal(path, job, dataset_of(manifest_of({30, 50})));
  EXPECT_EQ(fault.find("1: the log is of a job with dataset fingerprint \""), 0U) << fault;
}

TEST(JobLog, IsNotReplayedWithinOtherLimitsIfTheDivisionIsByCost) {
  const ScratchFolder folder;
  const std::string path = logged(folder, job_of(true), by_cost);
  CoordinatorOptions job = job_of(true);
  job.step->least = 0;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with min-batch 1, here it is 0; replay it with the same");
  job = job_of(true);
  job.step->most = 7;
  EXPECT_EQ(refusal(path, job),
            "1: the log is of a job with max-batch 8, here it is 7; replay it with the same");
}

TEST(JobLog, IsReplayedWithinOtherLimitsIfItsCountsFit) {
  const ScratchFolder folder;
  CoordinatorOptions job = job_of(false);
  job.step->line.micro_batch = 2;
  job.step->line.global_batch = 16;
  const std::string path = logged(folder, job, by_count);
  job.step->least = 0;
  job.step->most = 6;
  EXPECT_EQ(refusal(path, job), "");
  job.step->most = 5;
  EXPECT_EQ(refusal(path, job),
            "4: gives rank 1 a batch of 12, above the max batch, 10; give a --max-batch of 12 at "
            "least");
  job.step->most = 8;
  job.step->least = 2;
  EXPECT_EQ(refusal(path, job),
            "4: gives rank 2 a batch of 2, below the min batch, 4; give a --min-batch of 2 at "
            "most");
}

TEST(JobLog, IsNotReplayedBeyondItsPlans) {
  const ScratchFolder folder;
  CoordinatorOptions job = job_of(false);
  const std::string path = logged(folder, job, by_count);
  job.step->line.steps = 11;
  EXPECT_EQ(refusal(path, job),
            "5: the plans end at step 10, and the job has 11 steps; give --steps 10");
}

TEST(JobLog, RefusesPlansThatDoNotDivide) {
  const ScratchFolder folder;
  const CoordinatorOptions job = job_of(true);
  const auto refused = [&](const std::vector<PlanRecord>& plans) {
    return refusal(logged(folder, job, plans), job).find("has a plan that does not divide") !=
           std::string::npos;
  };
  EXPECT_TRUE(refused({{0, 10, {2, 3, 2}, {}}}));         // too few
  EXPECT_TRUE(refused({{0, 10, {2, 3, 4}, {}}}));         // too many
  EXPECT_TRUE(refused({{0, 10, {4, 4}, {}}}));            // for two workers
  EXPECT_TRUE(refused({{1, 10, {2, 3, 3}, {}}}));         // a gap before it
  EXPECT_TRUE(refused({{0, 0, {2, 3, 3}, {}}}));          // no step
  EXPECT_TRUE(refused({{0, 10, {}, {{1, 0}, {1, 0}}}}));  // for two workers
  EXPECT_TRUE(refused({{0, 10, {}, {{0, 0}, {1, 0}, {1, 0}}}}));
}

TEST(JobLog, RefusesNumbersThatAreNotWholeOrOutOfRange) {
  const ScratchFolder folder;
  const CoordinatorOptions job = job_of(true);
  const std::string path = logged(folder, job, {{0, 10, {-1, 5, 4}, {}}});
  EXPECT_EQ(refusal(path, job),
            "2: has -1 where a whole number from 0 to 8 belongs; give a file that --log has "
            "written, as it was");
  const std::string text = content_of(path);
  const auto refused = [&](const std::string& number) {
    std::string changed = text;
    changed.replace(changed.find("-1"), 2, number);
    OutputFile file(path);
    file.append(changed);
    file.close();
    return refusal(path, job).find("2: has " + number + " where a whole number") == 0;
  };
  EXPECT_TRUE(refused("9"));
  EXPECT_TRUE(refused("1.5"));
  EXPECT_TRUE(refused("1e+300"));
  EXPECT_TRUE(refused("18446744073709551615"));
  EXPECT_TRUE(refused("true"));
  EXPECT_TRUE(refused("[]"));
}

TEST(JobLog, RefusesOtherFiles) {
  const ScratchFolder folder;
  const std::string path = folder.file("x");
  const auto refused = [&](const std::string& text) {
    OutputFile file(path);
    file.append(text);
    file.close();
    return refusal(path, job_of(false));
  };
  EXPECT_EQ(refused("hello\n"), "1: is not a JSON object; give a file that --log has written");
  EXPECT_EQ(refused("{\"a\": 1}\n"),
            "1: is not the start of a log; give a file that --log has written");
  EXPECT_EQ(refused("{\"evenkeel_log\": 3}\n"), "1: is in another version of the format, not 2");
  EXPECT_NE(refused(""), "");
}

TEST(JobLog, ShowsWhatDoesNotBelongOnOneShortLine) {
  const ScratchFolder folder;
  const CoordinatorOptions job = job_of(true);
  const std::string path = logged(folder, job, by_cost);
  const std::string text = content_of(path);
  const auto fault = [&](const std::string& old, const std::string& with) {
    std::string changed = text;
    changed.replace(changed.find(old), old.size(), with);
    OutputFile file(path);
    file.append(changed);
    file.close();
    return refusal(path, job);
  };
  EXPECT_EQ(fault("\"partial\"", "\"\x7f" + std::string(100, 'x') + "\""),
            "1: the log is of a job with last \"\\x7f" + std::string(25, 'x') + "…" +
                std::string(28, 'x') + "\", here it is \"partial\"; replay it with the same");
  // So deep that to copy or to write it takes more than the stack.
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_EQ(fault("\"partial\"", deep),
            "1: the log is of a job with last a list, here it is \"partial\"; replay it with the "
            "same");
  EXPECT_EQ(fault("[2,3,3]", deep),
            "2: has a list where a whole number from 0 to 8 belongs; give a file that --log has "
            "written, as it was");
  EXPECT_EQ(fault("\"counts\":[2,3,3]", "\"counts\":{\"a\":{\"b\":1}}"),
            "2: has an object where a whole number from 0 to 8 belongs; give a file that --log has "
            "written, as it was");
}

TEST(JobLog, SurvivesAnyChangeOfItsText) {
  const ScratchFolder folder;
  const CoordinatorOptions job = job_of(true);
  const std::string text = content_of(logged(folder, job, by_cost));
  Random random(1);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    std::string changed = text;
    changed[random.below(changed.size())] = static_cast<char>(random.below(256));
    OutputFile file(folder.file("changed"));
    file.append(changed);
    file.close();
    if (!refusal(folder.file("changed"), job).empty()) ++refused;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace evenkeel

#include "session/job_log.h"

#include <gtest/gtest.h>

#include <string>

#include "core/random.h"
#include "evenkeel/error.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using testing::content_of;
using testing::ScratchFolder;

// Three workers, 10 steps of 8 samples.
CoordinatorOptions job_of(bool by_cost) {
  CoordinatorOptions job;
  job.workers = 3;
  StepModeOptions step;
  step.line = {80, 8, 1, true, 10};
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
  JobLog log(path, job, "samples");
  for (const PlanRecord& plan : plans) {
    log.write(plan);
    log.write(Event{instant_at(1.5), Rank(2), EventKind::slower, 4, 2});
  }
  log.close();
  return path;
}

// Why plans cannot be read for this job, without the path.
std::string refusal(const std::string& path, const CoordinatorOptions& job) {
  try {
    read_plans(path, job);
  } catch (const UserError& error) {
    return std::string(error.what()).substr(path.size() + 1);
  }
  return "";
}

TEST(JobLog, GivesItsPlansBack) {
  const ScratchFolder folder;
  EXPECT_EQ(read_plans(logged(folder, job_of(false), by_count), job_of(false)), by_count);
  EXPECT_EQ(read_plans(logged(folder, job_of(true), by_cost), job_of(true)), by_cost);
}

TEST(JobLog, GivesNoMorePlansThanTheJobHasSteps) {
  const ScratchFolder folder;
  CoordinatorOptions job = job_of(false);
  const std::string path = logged(folder, job, by_count);
  job.step->line.steps = 5;
  EXPECT_EQ(read_plans(path, job),
            (std::vector<PlanRecord>{{0, 4, {2, 3, 3}, {}}, {4, 5, {6, 1, 1}, {}}}));
  job.step->line.steps = 4;
  EXPECT_EQ(read_plans(path, job), (std::vector<PlanRecord>{{0, 4, {2, 3, 3}, {}}}));
}

TEST(JobLog, TellsWhatHappened) {
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
            "1: the log is of a job with seed 0, here it is 5; replay it with the same");
  EXPECT_EQ(refusal(path, job_of(true)),
            "1: the log is of a job with partition \"count\", here it is \"cost\"; replay it with "
            "the same");
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
  EXPECT_TRUE(refused({{0, 10, {-1, 5, 4}, {}}}));        // less than none
  EXPECT_TRUE(refused({{0, 10, {4, 4}, {}}}));            // for two workers
  EXPECT_TRUE(refused({{1, 10, {2, 3, 3}, {}}}));         // a gap before it
  EXPECT_TRUE(refused({{0, 0, {2, 3, 3}, {}}}));          // no step
  EXPECT_TRUE(refused({{0, 10, {}, {{1, 0}, {1, 0}}}}));  // for two workers
  EXPECT_TRUE(refused({{0, 10, {}, {{0, 0}, {1, 0}, {1, 0}}}}));
}

TEST(JobLog, RefusesWhatIsNoLog) {
  const ScratchFolder folder;
  const std::string path = folder.file("x");
  const auto refused = [&](const std::string& text) {
    OutputFile file(path);
    file.append(text);
    file.close();
    return refusal(path, job_of(false));
  };
  EXPECT_EQ(refused("hello\n"), "1: is no JSON object; give a file that --log has written");
  EXPECT_EQ(refused("{\"a\": 1}\n"), "1: begins no log; give a file that --log has written");
  EXPECT_EQ(refused("{\"evenkeel_log\": 2}\n"), "1: is in another version of the format, not 1");
  EXPECT_NE(refused(""), "");
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

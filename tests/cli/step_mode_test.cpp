// Step mode as a user meets it, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "cli/spans.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using testing::content_of;
using testing::ScratchFolder;

constexpr const char* unequal_cluster = R"({"evenkeel_cluster": 1, "ranks": [
  {"count": 3, "host": "new-%d", "speed": 400, "overhead_s": 0.002, "noise": 0.05},
  {"host": "old-0", "speed": 100}]})";

// A job of 1,000 samples, in batches of 40, on four workers.
class StepJob {
 public:
  explicit StepJob(const std::string& manifest = manifest_text(10, 100)) {
    write_text(folder_.file("m"), manifest);
    write_text(folder_.file("c.json"), unequal_cluster);
  }

  Finished simulate(const std::vector<std::string>& more,
                    const std::string& policy = "adaptive") const {
    std::vector<std::string> options{
        "simulate", "--manifest", folder_.file("m"), "--cluster",      folder_.file("c.json"),
        "--mode",   "step",       "--policy",        policy,           "--report",
        report(),   "--spans",    spans(),           "--global-batch", "40"};
    options.insert(options.end(), more.begin(), more.end());
    return evenkeel(options);
  }

  // What a job that is done reports.
  Json done(const std::vector<std::string>& more, const std::string& policy = "adaptive") const {
    const Finished finished = simulate(more, policy);
    EXPECT_EQ(finished.err, "");
    EXPECT_EQ(finished.status, 0);
    return Json::parse(content_of(report()));
  }

  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string report() const { return folder_.file("report.json"); }
  std::string spans() const { return folder_.file("spans.jsonl"); }

 private:
  ScratchFolder folder_;
};

void expect_refusal(const Finished& finished, const std::string& line) {
  EXPECT_EQ(finished.err, "evenkeel: " + line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(StepMode, DividesSamplesByTheDurationsOfAManifest) {
  const StepJob job(durations_text(1000));
  const Json by_count = job.done({"--epochs", "4"});
  const Json by_cost = job.done({"--epochs", "4", "--partition", "cost"});
  EXPECT_TRUE(spans_tile(job.spans(), 4, 1000));
  EXPECT_EQ(by_cost["dataset"]["cost_unit"], "seconds");
  EXPECT_LT(by_cost["imbalance"], by_count["imbalance"].get<double>() / 2);
  EXPECT_LT(by_cost["makespan_s"], by_count["makespan_s"]);
}

// A policy of its own would divide otherwise.
TEST(StepMode, DividesAsInTheLogThatIsReplayed) {
  const StepJob job(durations_text(1000));
  for (const char* const partition : {"count", "cost"}) {
    const Json logged = job.done({"--partition", partition, "--log", job.file("log.jsonl")});
    const std::string spans = content_of(job.spans());
    job.done({"--partition", partition}, "static");
    EXPECT_NE(content_of(job.spans()), spans);
    const Json replayed =
        job.done({"--partition", partition, "--replay", job.file("log.jsonl")}, "static");
    EXPECT_EQ(content_of(job.spans()), spans) << partition;
    EXPECT_EQ(replayed["plans"], logged["plans"]);
  }
}

TEST(StepMode, SaysWhenItAnsweredAChangeOfSpeed) {
  const StepJob job;
  write_text(job.file("c.json"), R"({"evenkeel_cluster": 1, "ranks": [
    {"count": 3, "speed": 100}, {"speed": 100, "phases": [[1, 50]]}]})");  // in step 10 of 21
  const Finished finished = job.simulate({"--epochs", "4"});
  EXPECT_NE(finished.out.find("rank 4: 100 -> 50 samples/s; re-planned in "), std::string::npos)
      << finished.out;
}

TEST(StepMode, DropsPartialBatchesAndCountsThem) {
  const StepJob job(manifest_text(10, 101));
  const Json report = job.done({"--last", "drop", "--epochs", "2"});
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["steps"], 2 * 25);
  EXPECT_EQ(report["dropped_samples"], 2 * 10);
  EXPECT_TRUE(spans_tile(job.spans(), 2, 1000));
}

TEST(StepMode, EndsWithinAnEpochIfSoManyStepsAreAsked) {
  const StepJob job;
  const Json report = job.done({"--steps", "35"});
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["steps"], 35);
  EXPECT_EQ(report["epochs"], 2);
  EXPECT_TRUE(spans_tile_up_to(job.spans(), 1400, 1000));
}

TEST(StepMode, RefusesLimitsThatDoNotFit) {
  const StepJob job;
  expect_refusal(job.simulate({"--min-batch", "12", "--max-batch", "11"}),
                 "--min-batch: 12 is above --max-batch 11; give less");
  expect_refusal(job.simulate({"--min-batch", "11"}),
                 "--min-batch: 4 workers of at least 11 samples take more than --global-batch 40; "
                 "give at most 10");
  expect_refusal(
      job.simulate({"--max-batch", "9"}),
      "--max-batch: 4 workers of at most 9 samples cannot take --global-batch 40; give at least "
      "10, or a smaller --global-batch");
}

TEST(StepMode, RefusesToReplayWhatItCannotFollow) {
  const StepJob job;
  const std::string log = job.file("log.jsonl");
  job.done({"--log", log});
  expect_refusal(job.simulate({"--replay", log, "--shard-samples", "10"}),
                 log +
                     ":1: the log is of a job with shard-samples \"1024\", here it is \"10\"; "
                     "replay it with the same");
  const Finished longer = job.simulate({"--replay", log, "--epochs", "2"});
  EXPECT_TRUE(longer.err.ends_with(
      ": the plans end at step 25, and the job has 50 steps; give --steps 25\n"))
      << longer.err;
  EXPECT_EQ(longer.status, 2);
  const Finished narrower = job.simulate({"--replay", log, "--max-batch", "11"});
  EXPECT_NE(narrower.err.find(", above the max batch, 11; give a --max-batch of "),
            std::string::npos)
      << narrower.err;
  EXPECT_EQ(narrower.status, 2);
}

}  // namespace
}  // namespace evenkeel

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using testing::ScratchFolder;

// The plan of a manifest, with more options.
Finished plan(const ScratchFolder& folder, const std::string& manifest,
              std::vector<std::string> options) {
  write_text(folder.file("m.json"), manifest);
  options.insert(options.begin(), {"plan", "--manifest", folder.file("m.json")});
  return evenkeel(options);
}

TEST(Plan, DividesAnEpochEvenlyWithoutWeights) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(8, 64), {"--workers", "4", "--step-samples", "16"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, R"(dataset   numbers: 8 files, 512 samples of unknown size
cost      512 samples; the largest sample is 0.8% of a worker's fair share
shards    1; smallest 512 samples; largest 512 samples
steps     32 of 16 samples

4 workers, all alike: mpirun -n 4 with a trainer, -n 5 with --workload
worker  share  samples  steps
     1  25.0%      128      8
     2  25.0%      128      8
     3  25.0%      128      8
     4  25.0%      128      8
)");
}

TEST(Plan, FollowsWeightsAndCosts) {
  const ScratchFolder folder;
  const Finished finished = plan(folder,
                                 R"({"evenkeel": 1, "cost_unit": "seconds", "files": [
    {"path": "a", "samples": 100, "cost": 300}, {"path": "b", "samples": 100, "cost": 100}]})",
                                 {"--workers", "2", "--step-samples", "10", "--weights", "1,3",
                                  "--shuffle", "none", "--shard-samples", "50"});
  EXPECT_EQ(finished.err, "");
  EXPECT_NE(finished.out.find("shards    4; smallest 50 samples, 50 seconds; largest 50 samples, "
                              "150 seconds\n"),
            std::string::npos)
      << finished.out;
  EXPECT_NE(finished.out.find(
                R"(2 workers, by their weights: mpirun -n 2 with a trainer, -n 3 with --workload
worker  share  samples         cost  steps
     1  22.5%       30   90 seconds      3
     2  77.5%      170  310 seconds     17
)"),
            std::string::npos)
      << finished.out;
}

TEST(Plan, WarnsOfASampleThatNoScheduleCanDivide) {
  const ScratchFolder folder;
  const Finished finished = plan(folder,
                                 R"({"evenkeel": 1, "files": [
    {"path": "a", "samples": 1, "cost": 90}, {"path": "b", "samples": 10, "cost": 10}]})",
                                 {"--workers", "4", "--step-samples", "1"});
  EXPECT_NE(finished.out.find("warning: the largest sample costs 3.6 times a worker's fair share: "
                              "no schedule can be even\n"),
            std::string::npos)
      << finished.out;
  EXPECT_EQ(finished.status, 0);
}

constexpr const char* step_samples_hint =
    "as only whole steps are divided; make steps smaller with --step-samples, or start fewer "
    "workers\n";

TEST(Plan, WarnsOfWorkersThatGetNothing) {
  const ScratchFolder folder;
  const Finished finished = plan(folder, manifest_text(2, 32), {"--workers", "5"});
  EXPECT_TRUE(finished.out.ends_with(std::string("\nwarning: 3 of 5 workers get nothing, ") +
                                     step_samples_hint))
      << finished.out;
}

// The first step costs as much as all others together.
TEST(Plan, WarnsOfWorkersThatGetNothingThoughThereAreEnoughSteps) {
  const ScratchFolder folder;
  const Finished finished = plan(folder,
                                 R"({"evenkeel": 1, "files": [
    {"path": "a", "samples": 8, "cost": 80}, {"path": "b", "samples": 72, "cost": 20}]})",
                                 {"--workers", "5", "--step-samples", "8", "--shuffle", "none"});
  EXPECT_NE(finished.out.find("  0.0%        0"), std::string::npos) << finished.out;
  EXPECT_TRUE(finished.out.ends_with(step_samples_hint)) << finished.out;
  const Finished even = plan(folder, manifest_text(2, 32), {"--workers", "2"});
  EXPECT_EQ(even.out.find("warning"), std::string::npos) << even.out;
}

constexpr const char* one_file = R"({{"evenkeel": 1, "files": [{{"path": "a", "samples": {}}}]}})";

TEST(Plan, CountsTheLargestDataset) {
  const ScratchFolder folder;
  const Finished finished = plan(
      folder, fmt::format(one_file, std::int64_t{1} << 60),
      {"--workers", "2", "--step-samples", "1000000000000", "--shard-samples", "1000000000000"});
  EXPECT_EQ(finished.err, "");
  EXPECT_NE(finished.out.find(R"(worker  share                  samples    steps
     1  50.0%  576,461,000,000,000,000  576,461
     2  50.0%  576,460,504,606,846,976  576,461
)"),
            std::string::npos)
      << finished.out;
}

TEST(Plan, RefusesADatasetThatIsTooLarge) {
  const ScratchFolder folder;
  const Finished finished = plan(
      folder, fmt::format(one_file, std::numeric_limits<std::int64_t>::max()), {"--workers", "2"});
  EXPECT_EQ(finished.err, "evenkeel: " + folder.file("m.json") +
                              ": with file 0, \"a\", the samples add up to more than 2^60; correct "
                              "them or split the dataset\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(Plan, HasStepsNoLongerThanTheDataset) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--workers", "1", "--step-samples", "1000"});
  EXPECT_NE(finished.out.find("steps     1 of 64 samples\n"), std::string::npos) << finished.out;
}

TEST(Plan, RefusesAnotherNumberOfWeights) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--workers", "5", "--weights", "1,2"});
  EXPECT_EQ(finished.err,
            "evenkeel: --weights: 2 given for 5 workers; give one per worker, or host=weight\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(Plan, RefusesWeightsOfHosts) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--workers", "5", "--weights", "a=1"});
  EXPECT_EQ(finished.err,
            "evenkeel: --weights: 'a=1' names a host, but a plan has none; give one weight per "
            "worker\n");
  EXPECT_EQ(finished.status, 2);
}

}  // namespace
}  // namespace evenkeel

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
      plan(folder, manifest_text(8, 64), {"--ranks", "4", "--step-samples", "16"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, R"(dataset   numbers: 8 files, 512 samples of unknown size
cost      512 samples; the largest sample is 0.8% of a worker's fair share
shards    1; smallest 512 samples; largest 512 samples
steps     32 of 16 samples

4 workers (mpirun -n 5), all alike
rank  share  samples  steps
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
                                 {"--ranks", "2", "--step-samples", "10", "--weights", "1,3",
                                  "--shuffle", "none", "--shard-samples", "50"});
  EXPECT_EQ(finished.err, "");
  EXPECT_NE(finished.out.find("shards    4; smallest 50 samples, 50 seconds; largest 50 samples, "
                              "150 seconds\n"),
            std::string::npos)
      << finished.out;
  EXPECT_NE(finished.out.find(R"(2 workers (mpirun -n 3), by their weights
rank  share  samples         cost  steps
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
                                 {"--ranks", "4", "--step-samples", "1"});
  EXPECT_NE(finished.out.find("warning: the largest sample costs 3.6 x a worker's fair share: no "
                              "schedule can be even\n"),
            std::string::npos)
      << finished.out;
  EXPECT_EQ(finished.status, 0);
}

TEST(Plan, WarnsOfWorkersThatGetNothing) {
  const ScratchFolder folder;
  const Finished finished = plan(folder, manifest_text(2, 32), {"--ranks", "5"});
  EXPECT_NE(finished.out.find("warning: 2 steps for 5 workers, so some get none; "),
            std::string::npos)
      << finished.out;
}

constexpr const char* one_file = R"({{"evenkeel": 1, "files": [{{"path": "a", "samples": {}}}]}})";

TEST(Plan, CountsTheLargestDataset) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, fmt::format(one_file, std::int64_t{1} << 60),
           {"--ranks", "2", "--step-samples", "1000000000000", "--shard-samples", "1000000000000"});
  EXPECT_EQ(finished.err, "");
  EXPECT_NE(finished.out.find(R"(rank  share                  samples    steps
   1  50.0%  576,461,000,000,000,000  576,461
   2  50.0%  576,460,504,606,846,976  576,461
)"),
            std::string::npos)
      << finished.out;
}

TEST(Plan, RefusesADatasetThatIsTooLarge) {
  const ScratchFolder folder;
  const Finished finished = plan(
      folder, fmt::format(one_file, std::numeric_limits<std::int64_t>::max()), {"--ranks", "2"});
  EXPECT_EQ(finished.err, "evenkeel: " + folder.file("m.json") +
                              ": with file 0, \"a\", the samples add up to more than 2^60; correct "
                              "them or split the dataset\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(Plan, HasStepsNoLongerThanTheDataset) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--ranks", "1", "--step-samples", "1000"});
  EXPECT_NE(finished.out.find("steps     1 of 64 samples\n"), std::string::npos) << finished.out;
}

TEST(Plan, RefusesAnotherNumberOfWeights) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--ranks", "5", "--weights", "1,2"});
  EXPECT_EQ(finished.err,
            "evenkeel: --weights: 2 given for 5 workers; give one per worker, or host=weight\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(Plan, RefusesWeightsOfHosts) {
  const ScratchFolder folder;
  const Finished finished =
      plan(folder, manifest_text(2, 32), {"--ranks", "5", "--weights", "a=1"});
  EXPECT_EQ(finished.err,
            "evenkeel: --weights: 'a=1' names a host, but a plan has none; give a weight for each "
            "worker\n");
  EXPECT_EQ(finished.status, 2);
}

}  // namespace
}  // namespace evenkeel

#include "coordinator/largest_steps.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace evenkeel {
namespace {

struct File {
  std::int64_t samples;
  double cost;  // of each sample
};

Dataset dataset_of(const std::vector<File>& files) {
  Manifest manifest;
  manifest.root = "/";
  for (const File& file : files) {
    manifest.files.add("f", file.samples, FileTable::unknown_bytes,
                       file.cost * static_cast<double>(file.samples));
  }
  return Dataset::cut(manifest, 1024);
}

TEST(LargestSteps, AreFullIfAllSamplesCostTheSame) {
  const Dataset dataset = dataset_of({{70, 2}});
  EXPECT_EQ(largest_steps(dataset, 32, 1, 2), (std::vector<double>{64, 128}));
  EXPECT_EQ(largest_steps(dataset, 32, 1, 8), (std::vector<double>{64, 128}));
  EXPECT_EQ(largest_steps(dataset, 32, 2, 3), (std::vector<double>{64, 128, 192}));
  EXPECT_EQ(largest_steps(dataset, 32, 2, 8), (std::vector<double>{64, 128, 192, 256}));
}

TEST(LargestSteps, AreASingleOneIfThatHoldsTheWholeEpoch) {
  EXPECT_EQ(largest_steps(dataset_of({{1, 5}}), 32, 1, 4), (std::vector<double>{5}));
  EXPECT_EQ(largest_steps(dataset_of({{2, 5}, {3, 1}}), 32, 2, 4), (std::vector<double>{13, 26}));
}

// Whatever the order: all large samples may be in one step, but no step costs less than a sample,
// nor the most expensive ones less than the mean.
TEST(LargestSteps, CostTheMeanOrTheLargestSamplesAtLeast) {
  const Dataset dataset = dataset_of({{2, 50}, {8, 1}});  // steps of 4, 4 and 2
  EXPECT_EQ(largest_steps(dataset, 4, 1, 4), (std::vector<double>{50, 100, 108}));
  const Dataset even = dataset_of({{2, 3}, {6, 2}});
  EXPECT_EQ(largest_steps(even, 4, 1, 4), (std::vector<double>{9, 18}));
  EXPECT_EQ(largest_steps(dataset, 4, 2, 5), (std::vector<double>{50, 100, 150, 200, 201}));
}

TEST(TimeOfLargestSteps, GivesEveryStepToOneWorker) {
  EXPECT_EQ(time_of_largest_steps_s(std::vector<double>{100}, {1, 10, 5}), 10);
  EXPECT_EQ(time_of_largest_steps_s(std::vector<double>{100, 150}, {1, 10, 2}), 12.5);
  EXPECT_EQ(time_of_largest_steps_s(std::vector<double>{100, 110, 120}, {10, 10}), 10);
  EXPECT_EQ(time_of_largest_steps_s(std::vector<double>{100}, {0, 0}), 0);
}

}  // namespace
}  // namespace evenkeel

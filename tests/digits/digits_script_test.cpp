// scripts/digits-data, which has fetched the data before these tests run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/launch.h"
#include "report/scratch_folder.h"

namespace evenkeel::digits {
namespace {

using evenkeel::testing::content_of;
using evenkeel::testing::ScratchFolder;

// The script for DATA, where apt knows no packages at all.
Finished run_without_packages(const ScratchFolder& scratch, const std::string& data) {
  const std::string none = scratch.file("apt");
  std::ofstream(scratch.file("apt.conf"))
      << "Dir::State::lists \"" << none << "\";\nDir::Cache \"" << none << "\";\n";
  ::setenv("APT_CONFIG", scratch.file("apt.conf").c_str(), 1);
  Finished finished = launch({DIGITS_DATA_SCRIPT, data});
  ::unsetenv("APT_CONFIG");
  return finished;
}

constexpr const char* unknown_package =
    "scripts/digits-data: apt knows no package python3-sklearn (E: Unable to locate package "
    "python3-sklearn); run 'apt-get update' as root, then this again\n";

TEST(DigitsData, IsNotFetchedAgain) {
  const ScratchFolder scratch;
  const Finished finished = run_without_packages(scratch, DIGITS_DATA);
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out + finished.err, "");
}

TEST(DigitsData, SaysWhatToDoWhereAptKnowsNoPackages) {
  const ScratchFolder scratch;
  const Finished finished = run_without_packages(scratch, scratch.file("data"));
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, unknown_package);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.file("data")));
}

TEST(DigitsData, IsFetchedAgainIfAFileIsNotAsItShouldBe) {
  const ScratchFolder scratch;
  std::filesystem::copy(DIGITS_DATA, scratch.file("data"));
  EXPECT_EQ(run_without_packages(scratch, scratch.file("data")).err, "");
  std::ofstream(scratch.file("data/test.csv"), std::ios::app) << "0\n";
  EXPECT_EQ(run_without_packages(scratch, scratch.file("data")).err, unknown_package);
}

TEST(DigitsData, IsDescribedByAManifest) {
  const std::string manifest = content_of(std::string(DIGITS_DATA) + "/digits.json");
  const auto bytes = std::filesystem::file_size(std::string(DIGITS_DATA) + "/train.csv");
  EXPECT_NE(manifest.find("\"bytes\": " + std::to_string(bytes)), std::string::npos) << manifest;
}

TEST(DigitsData, NeedsAFolder) {
  const Finished finished = launch({DIGITS_DATA_SCRIPT});
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.err, "usage: scripts/digits-data DIR\n");
}

}  // namespace
}  // namespace evenkeel::digits

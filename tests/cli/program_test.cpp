// What holds for every command: help, version, and a standard output that fails.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using ::testing::Test;

TEST(Program, PrintsItsUsageWithoutACommand) {
  const Finished finished = evenkeel({});
  EXPECT_EQ(finished.err.find("usage: evenkeel COMMAND"), 0U);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(Program, SaysItsVersion) {
  const Finished finished = evenkeel({"--version"});
  EXPECT_EQ(finished.out, "evenkeel " EVENKEEL_VERSION "\n");
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
}

TEST(Program, HelpsInEveryCommandOnStandardOutput) {
  const std::vector<std::vector<std::string>> commands{{},
                                                       {"run"},
                                                       {"simulate"},
                                                       {"plan"},
                                                       {"manifest"},
                                                       {"manifest", "scan"},
                                                       {"manifest", "convert"},
                                                       {"manifest", "check"}};
  for (std::vector<std::string> command : commands) {
    for (const char* const option : {"--help", "-h"}) {
      command.emplace_back(option);
      const Finished finished = evenkeel(command);
      command.pop_back();
      EXPECT_EQ(finished.out.find("usage: "), 0U);
      EXPECT_EQ(finished.err, "");
      EXPECT_EQ(finished.status, 0);
    }
  }
}

TEST(Program, FitsItsHelpIntoAHundredColumns) {
  for (const char* const command : {"run", "simulate", "plan"}) {
    std::istringstream help(evenkeel({command, "--help"}).out);
    for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(Program, NoticesThatStandardOutputIsFull) {
  const testing::ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(4, 10));
  const Finished finished =
      evenkeel({"plan", "--manifest", folder.file("m.json"), "--ranks", "2"}, Stdout::full_device);
  EXPECT_EQ(finished.err,
            "evenkeel: standard output: No space left on device; the results are not complete\n");
  EXPECT_EQ(finished.status, 1);
}

}  // namespace
}  // namespace evenkeel

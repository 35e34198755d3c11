// What holds for every command: the version, and a standard output that fails.
#include <gtest/gtest.h>

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

TEST(Program, PrintsItsVersion) {
  const Finished finished = evenkeel({"--version"});
  EXPECT_EQ(finished.out, "evenkeel " EVENKEEL_VERSION "\n");
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
}

TEST(Program, NoticesThatStandardOutputIsFull) {
  const testing::ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(4, 10));
  const Finished finished = evenkeel(
      {"plan", "--manifest", folder.file("m.json"), "--workers", "2"}, Stdout::full_device);
  EXPECT_EQ(finished.err,
            "evenkeel: standard output: No space left on device; the results are not complete\n");
  EXPECT_EQ(finished.status, 1);
}

}  // namespace
}  // namespace evenkeel

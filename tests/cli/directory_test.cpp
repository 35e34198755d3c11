// Datasets that are directories, for every command that takes one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;
using testing::content_of;
using testing::ScratchFolder;

constexpr const char* cluster = R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1e6}]})";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A folder of data, reached through a link, where users stand who run what reads it.
class RunInItsData : public ::testing::Test {
 protected:
  RunInItsData() {
    write_tree(folder_.file("data"), files);
    std::filesystem::create_directory_symlink("data", folder_.file("link"));
    std::filesystem::current_path(folder_.file("link"));
  }
  ~RunInItsData() override { std::filesystem::current_path(before_); }

  static Finished run(const Arguments& options, const std::string& folder = ".") {
    Arguments arguments{"run", "--manifest", folder, "--workload", "read", "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return mpirun_evenkeel(3, arguments);
  }

  static void expect_all_done(const Finished& finished, const std::string& report_name) {
    EXPECT_EQ(finished.status, 0) << finished.err;
    ASSERT_TRUE(std::filesystem::exists(report_name)) << finished.err;
    const Json report = Json::parse(content_of(report_name));
    EXPECT_EQ(report["dataset"]["files"], files);
    EXPECT_EQ(report["complete"], true);
    EXPECT_EQ(report["set_aside_samples"], 0);
  }

  static constexpr int files = 60;
  ScratchFolder folder_;
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(RunInItsData, IsTheSameRunWhateverItsJobsHaveWritten) {
  expect_all_done(run({"--ledger=run.db", "--report=r.json", "--report=r.txt", "--log=log.jsonl",
                       "--spans=s.jsonl"}),
                  "r.json");
  expect_all_done(run({"--ledger=run.db", "--resume", "--report=r2.json", "--log=log2.jsonl"}),
                  "r2.json");
  const Finished third =
      run({"--ledger=run.db", "--resume", "--report=1/r3.json", "--spans=s3.jsonl"},
          folder_.file("data"));
  expect_all_done(third, "1/r3.json");
  EXPECT_TRUE(contains(third.err, " of this run itself (the first: log.jsonl)\n")) << third.err;

  std::filesystem::rename(folder_.file("data"), folder_.file("moved"));
  std::filesystem::remove(folder_.file("link"));
  std::filesystem::create_directory_symlink("moved", folder_.file("data"));
  expect_all_done(run({"--ledger=run.db", "--resume", "--report=r4.json"}), "r4.json");
}

TEST_F(RunInItsData, OverwritesItsResultsAndTakesThemForNoData) {
  for (int again = 0; again < 2; ++again) {
    expect_all_done(run({"--report=r.json", "--log=l.jsonl", "--spans=s.jsonl"}), "r.json");
  }
}

// What it says goes into a file, at once or through a launcher.
TEST_F(RunInItsData, TakesItsOutputForNoData) {
  for (const std::string command : {"exec \"$0\" plan --manifest . --workers 1 >> out",
                                    "{ \"$0\" plan --manifest . --workers 1 | cat; } >> out"}) {
    write_text("./out", "begins\n");
    const Finished finished = launch({"bash", "-c", command, EVENKEEL_PROGRAM});
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(contains(content_of("out"), ": 60 files, 60 samples")) << content_of("out");
    EXPECT_TRUE(contains(finished.err, "left out: 1 of this run itself (out)\n")) << finished.err;
  }
}

TEST_F(RunInItsData, RefusesToGoOnWithOtherDataAndNamesAFile) {
  ASSERT_EQ(run({"--ledger=run.db"}).status, 0);
  const auto expect_fault = [&](const std::string& fault) {
    const Finished finished = run({"--ledger=run.db", "--resume"});
    EXPECT_TRUE(contains(finished.err, fault + "; resume it with the same")) << finished.err;
    EXPECT_EQ(finished.status, 2);
  };
  write_bytes(folder_.file("data/5/new.bin"), 10);
  expect_fault("files 60, and here it is 61: \"5/new.bin\" is new");
  std::filesystem::remove(folder_.file("data/5/new.bin"));
  write_bytes(folder_.file("data/1/1.bin"), 9'999);
  expect_fault(": \"1/1.bin\" has other samples or another size than then");
  std::filesystem::remove(folder_.file("data/1/1.bin"));
  expect_fault("files 60, and here it is 59: a file is missing before \"1/15.bin\"");
}

// As when a folder can be read again.
TEST_F(RunInItsData, GoesOnWithoutTheFilesThatAreNewIfToldTo) {
  ASSERT_EQ(run({"--ledger=run.db"}).status, 0);
  write_bytes(folder_.file("data/new/a.bin"), 10);
  write_bytes(folder_.file("data/new/b.bin"), 10);
  const Finished refused = run({"--ledger=run.db", "--resume"});
  EXPECT_TRUE(contains(refused.err,
                       "files 60, and here it is 62: \"new/a.bin\" is new (in all 2 new); resume"))
      << refused.err;
  EXPECT_EQ(run({"--ledger=run.db", "--resume", "--exclude=/new"}).status, 0);
}

// Each command that reads a directory, and what it says.
class EveryCommand : public ::testing::TestWithParam<Arguments> {
 protected:
  Finished run(const std::string& directory, const Arguments& options) const {
    write_text(folder_.file("c.json"), cluster);
    Arguments arguments = GetParam();
    for (std::string& argument : arguments) {
      if (argument == "DIR") argument = directory;
      if (argument == "CLUSTER") argument = folder_.file("c.json");
    }
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments.front() == "run" ? mpirun_evenkeel(2, arguments) : evenkeel(arguments);
  }

  ScratchFolder folder_;
};

TEST_P(EveryCommand, TakesTheSameFilesAndSaysWhatItLeavesOut) {
  write_bytes(folder_.file("tree/a.tar"), 10);
  write_bytes(folder_.file("tree/b.txt"), 10);
  write_bytes(folder_.file("tree/.hidden"), 10);
  const Finished finished = run(folder_.file("tree"), {"--exclude", "*.txt"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_TRUE(contains(finished.err,
                       "left out: 1 hidden or temporary (.hidden), 1 by --include or --exclude "
                       "(b.txt)\n"))
      << finished.err;
  const Finished all = run(folder_.file("tree"), {"--include", "*", "--include", ".*"});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_FALSE(contains(all.err, "left out")) << all.err;
}

TEST_P(EveryCommand, SaysWhichPatternsMatchNothing) {
  const std::string tree = folder_.file("tree");
  write_bytes(folder_.file("tree/a.tar"), 10);
  const Finished finished = run(tree, {"--exclude", "*.txt"});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_TRUE(
      contains(finished.err, "evenkeel: --exclude '*.txt' matches no file of " + tree + "\n"))
      << finished.err;
  const Finished nothing = run(tree, {"--include", "*.txt"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_EQ(nothing.err, "evenkeel: --include '*.txt' matches no file of " + tree +
                             ", and no file of data is left; left out are 1 by --include or "
                             "--exclude (a.tar); change the patterns\n");
}

// As somebody else than root, who may read everything; mpirun may be root here.
class EveryCommandWithoutMpi : public EveryCommand {};

TEST_P(EveryCommandWithoutMpi, SaysWhichFoldersCannotBeRead) {
  const std::string tree = folder_.file("tree");
  write_bytes(folder_.file("tree/a.tar"), 10);
  write_bytes(folder_.file("tree/closed/b.tar"), 10);
  write_text(folder_.file("c.json"), cluster);
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  Arguments arguments{EVENKEEL_PROGRAM};
  if (::geteuid() == 0) {
    arguments = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", EVENKEEL_PROGRAM};
    Arguments version = arguments;
    version.emplace_back("--version");
    if (launch(version).status != 0) GTEST_SKIP() << "needs a program that others may run";
  }
  std::filesystem::permissions(folder_.file("tree/closed"), std::filesystem::perms::none);
  for (const std::string& argument : GetParam()) {
    arguments.push_back(argument == "DIR"       ? tree
                        : argument == "CLUSTER" ? folder_.file("c.json")
                                                : argument);
  }
  const Finished finished = launch(arguments);
  std::filesystem::permissions(folder_.file("tree/closed"), std::filesystem::perms::all);
  EXPECT_TRUE(contains(finished.err,
                       "evenkeel: " + tree +
                           ": 1 folder cannot be read, and no file in it is data: closed/; change "
                           "the permissions, or leave it out with --exclude\n"))
      << finished.err;
  const bool checks = GetParam().at(1) == "check";
  EXPECT_EQ(finished.status, checks ? 2 : 0);
}

TEST_P(EveryCommand, RefusesANameThatIsNotUtf8) {
  write_bytes(folder_.file("tree/a.tar"), 10);
  write_bytes(folder_.file("tree/caf\xe9\x1b[31m.tar"), 10);
  const Finished finished = run(folder_.file("tree"), {});
  EXPECT_EQ(finished.err, "evenkeel: " + folder_.file("tree") +
                              ": the name \"caf\\xe9\\x1b[31m.tar\" is not UTF-8, which trainers' "
                              "lines need; rename it, or leave it out with --exclude\n");
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(run(folder_.file("tree"), {"--exclude", "caf*"}).status, 0);
}

TEST_P(EveryCommand, RefusesToSelectFromAFile) {
  write_text(folder_.file("m.csv"), "path,samples\na,1\n");
  const Finished finished = run(folder_.file("m.csv"), {"--include", "a"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_TRUE(contains(finished.err, "m.csv: is ")) << finished.err;
}

const std::vector<Arguments> commands_without_mpi{
    {"manifest", "scan", "DIR"},
    {"manifest", "convert", "DIR"},
    {"manifest", "check", "DIR"},
    {"plan", "--workers", "1", "--manifest", "DIR"},
    {"simulate", "--cluster", "CLUSTER", "--policy", "adaptive", "--manifest", "DIR"}};

std::string name_of(const ::testing::TestParamInfo<Arguments>& command) {
  return command.param[command.param[0] == "manifest" ? 1 : 0];
}

INSTANTIATE_TEST_SUITE_P(Directories, EveryCommand, ::testing::ValuesIn(commands_without_mpi),
                         name_of);
INSTANTIATE_TEST_SUITE_P(DirectoriesUnderMpirun, EveryCommand,
                         ::testing::Values(Arguments{"run", "--workload", "read", "--quiet",
                                                     "--manifest", "DIR"}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Directories, EveryCommandWithoutMpi,
                         ::testing::ValuesIn(commands_without_mpi), name_of);

TEST(Addresses, ReachTrainersAsTheyAre) {
  const ScratchFolder folder;
  write_text(folder.file("m.json"),
             R"({"evenkeel": 1, "root": "s3://bucket/t", "files": [{"path": "a//b.tar",
                 "samples": 3}]})");
  write_text(
      folder.file("keep.sh"),
      "while read -r line <&\"$EVENKEEL_FD\"; do\n"
      "  echo \"$line\" >> \"$1\"\n"
      "  case $line in '{\"finish'*) exit;; '{\"step'*) echo '{\"done\":0}' >&\"$EVENKEEL_FD\";; "
      "esac\n"
      "done\n");
  const Finished finished =
      mpirun_evenkeel(1, {"run", "--manifest", folder.file("m.json"), "--quiet", "--", "bash",
                          folder.file("keep.sh"), folder.file("lines")});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_TRUE(contains(content_of(folder.file("lines")), R"({"path":"s3://bucket/t/a//b.tar",)"));

  const std::string fault = "s3://bucket/t/a//b.tar: is an address, which cannot be read here";
  const Finished checked = evenkeel({"manifest", "check", folder.file("m.json")});
  EXPECT_EQ(checked.err, "evenkeel: " + fault + "\n");
  EXPECT_EQ(checked.status, 2);
  const Finished scanned = evenkeel({"manifest", "scan", "s3://bucket/t"});
  EXPECT_EQ(scanned.err,
            "evenkeel: s3://bucket/t: is an address, which cannot be listed here; scan a copy\n");
  EXPECT_EQ(scanned.status, 2);
  const Finished read =
      mpirun_evenkeel(2, {"run", "--manifest", folder.file("m.json"), "--workload", "read"});
  EXPECT_TRUE(contains(read.err, "evenkeel: " + fault)) << read.err;
  EXPECT_EQ(read.status, 2);
}

TEST(Names, ReachNoTerminalAsCommands) {
  const ScratchFolder folder;
  const std::string name = "m\x1b]0;title\x07.csv";
  write_text(folder.file(name), "path,samples\n\"\x1b[31ma\",1\n\"b\x1b[31m\",x\n");
  const Finished bad = evenkeel({"plan", "--workers", "1", "--manifest", folder.file(name)});
  EXPECT_FALSE(contains(bad.err, "\x1b")) << bad.err;
  EXPECT_TRUE(contains(bad.err, R"(m\x1b]0;title\x07.csv:3: samples is "x")")) << bad.err;
  write_text(folder.file(name), "path,samples\n\"\x1b[31ma\",1\n");
  const Finished checked = evenkeel({"manifest", "check", folder.file(name)});
  EXPECT_FALSE(contains(checked.err + checked.out, "\x1b")) << checked.err << checked.out;
  EXPECT_TRUE(contains(checked.err, R"(/\x1b[31ma: no such file)")) << checked.err;
}

}  // namespace
}  // namespace evenkeel

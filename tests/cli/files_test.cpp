// The files that users name, for every command: what is read stays, and a name is a name.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;
using testing::content_of;
using testing::ScratchFolder;

constexpr const char* cluster = R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1e6}]})";

// A folder with a manifest, a cluster profile, and a ledger.
class NamedFiles : public ::testing::Test {
 protected:
  NamedFiles() {
    fs::current_path(folder_.path());
    write_text("./m.csv", "path,samples\na,100\n");
    write_text("./c.json", cluster);
  }
  ~NamedFiles() override { fs::current_path(before_); }

  static Finished run(const Arguments& options) {
    Arguments arguments{"run",       "--manifest", "m.csv",  "--workload",
                        "simulated", "--cluster",  "c.json", "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return mpirun_evenkeel(2, arguments);
  }
  static Finished simulate(const Arguments& options) {
    Arguments arguments{"simulate", "--manifest", "m.csv",   "--cluster",
                        "c.json",   "--policy",   "adaptive"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return evenkeel(arguments);
  }
  // Appends its output to a file.
  static Finished appending(const std::string& command, const std::string& file) {
    return launch({"bash", "-c", "\"$0\" " + command + " >> " + file, EVENKEEL_PROGRAM});
  }

  static std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> contents;
    for (const fs::directory_entry& file : fs::directory_iterator(".")) {
      contents[file.path().string()] = content_of(file.path().string());
    }
    return contents;
  }

  // `attempt`, a command, is refused in this line, and touches no file.
  template <typename Attempt>
  static void expect_refused(const std::string& line, Attempt attempt) {
    const auto before = contents();
    const Finished finished = attempt();
    EXPECT_EQ(finished.err, "evenkeel: " + line + "\n");
    EXPECT_EQ(finished.status, 2) << line;
    EXPECT_TRUE(contents() == before) << line;
  }

  ScratchFolder folder_;
  fs::path before_ = fs::current_path();
};

TEST_F(NamedFiles, OfASimulationAreNotWrittenOver) {
  fs::create_symlink("c.json", "link.json");
  fs::create_hard_link("m.csv", "hard");
  const auto expect = [](const std::string& option, const std::string& file,
                         const std::string& other) {
    expect_refused(option + ": " + file + " is the file of " + other + ", too; give another", [&] {
      return simulate({option, file});
    });
  };
  expect("--report", "c.json", "--cluster");
  expect("--report", "link.json", "--cluster");
  expect("--report", folder_.file("c.json"), "--cluster");
  expect("--log", "./c.json", "--cluster");
  expect("--spans", "m.csv", "--manifest");
  expect("--spans", "hard", "--manifest");
  expect("--log", "hard", "--manifest");
}

TEST_F(NamedFiles, OfAJobAreNotWrittenOver) {
  ASSERT_EQ(run({"--ledger=run.db"}).status, 0);
  const auto expect = [](const Arguments& options, const std::string& line) {
    expect_refused(line + ", too; give another", [&] { return run(options); });
  };
  expect({"--report=c.json"}, "--report: c.json is the file of --cluster");
  expect({"--log=c.json"}, "--log: c.json is the file of --cluster");
  expect({"--ledger=c.json"}, "--ledger: c.json is the file of --cluster");
  expect({"--ledger=m.csv"}, "--ledger: m.csv is the file of --manifest");
  for (const std::string file : {"run.db", "run.db-wal", "run.db-journal", "run.db.lock"}) {
    expect({"--ledger=run.db", "--resume", "--log=" + file},
           "--log: " + file + " is the file of --ledger");
  }
}

TEST_F(NamedFiles, OfAReportAreNotWrittenOver) {
  ASSERT_EQ(run({"--ledger=run.db"}).status, 0);
  fs::create_symlink("run.db", "link.db");
  for (const std::string ledger : {"run.db", "link.db"}) {
    for (const std::string file : {"run.db", "link.db", "run.db-wal", "run.db.lock"}) {
      expect_refused("--as-cluster: " + file + " is the file of the ledger, too; give another",
                     [&] {
                       return evenkeel({"report", ledger, "--as-cluster", file});
                     });
    }
  }
}

TEST_F(NamedFiles, DoNotGetWhatACommandPrints) {
  ASSERT_EQ(run({"--ledger=run.db"}).status, 0);
  write_text("./r.json", "{}");
  const auto expect = [](const std::string& file, const std::string& name,
                         const std::string& command) {
    expect_refused("standard output: " + file + " is the file of " + name + ", too; give another",
                   [&] { return appending(command, file); });
  };
  expect("m.csv", "the manifest", "manifest convert m.csv");
  expect("m.csv", "the manifest", "manifest check m.csv");
  expect("m.csv", "--manifest", "plan --manifest m.csv --workers 2");
  expect("c.json", "--cluster", "simulate --manifest m.csv --cluster c.json");
  expect("run.db", "the ledger", "report run.db");
  expect("r.json", "--report",
         "simulate --manifest m.csv --cluster c.json --policy self --report r.json");
}

TEST_F(NamedFiles, MayBeDevicesAndPipes) {
  EXPECT_EQ(simulate({"--log", "/dev/null", "--spans", "/dev/null"}).status, 0);
  const Finished piped = launch({"bash", "-c",
                                 "set -o pipefail; cat m.csv | \"$0\" manifest convert /dev/stdin "
                                 "| cat > converted.json",
                                 EVENKEEL_PROGRAM});
  EXPECT_EQ(piped.err, "");
  EXPECT_EQ(piped.status, 0);
}

// SQLite would take some of these for databases in memory.
TEST_F(NamedFiles, AreLedgersWhateverTheirNames) {
  for (const std::string name : {":memory:", "file:x?mode=memory", "file::memory:?cache=shared",
                                 "-x.db", "a\nb.db", "a b'c.db"}) {
    const Finished first = run({"--ledger=" + name});
    EXPECT_EQ(first.err, "") << name;
    EXPECT_EQ(first.status, 0) << name;
    EXPECT_TRUE(fs::exists(name));
    EXPECT_TRUE(fs::exists(name + ".lock"));
    const Finished second = run({"--ledger=" + name, "--resume"});
    EXPECT_NE(second.out.find("nothing left, 100 samples done before"), std::string::npos)
        << second.out << second.err;
    const Finished report = evenkeel({"report", "./" + name});
    EXPECT_EQ(report.out, first.out);
    EXPECT_EQ(report.status, 0) << report.err;
  }
}

TEST_F(NamedFiles, AreNamedAsAShellTakesThem) {
  for (const std::string name : {"-x.db", "a b'c.db", "a\nb\x1b'.db"}) {
    ASSERT_EQ(run({"--ledger=" + name}).status, 0);
    const std::string err = run({"--ledger=" + name, "--resume"}).err;
    const std::string begin = "evenkeel: nothing is left to do of the run; 'evenkeel ";
    ASSERT_EQ(err.find(begin), 0U) << err;
    const std::string advised =
        err.substr(begin.size(), err.find("' shows what was done") - begin.size());
    const Finished report = launch({"bash", "-c", "\"$0\" " + advised, EVENKEEL_PROGRAM});
    EXPECT_EQ(report.err, "");
    EXPECT_EQ(report.status, 0);
  }
}

}  // namespace
}  // namespace evenkeel

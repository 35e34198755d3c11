// evenkeel run, under the real mpirun.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "cli/spans.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using testing::content_of;
using testing::ScratchFolder;

constexpr const char* two_workers = R"({"evenkeel_cluster": 1, "ranks": [
  {"host": "new-0", "speed": 3000}, {"host": "old-0", "speed": 1000, "overhead_s": 0.002}]})";

// A folder with a tree of files, and the manifest that a scan of it gives.
class ScannedTree {
 public:
  ScannedTree() {
    bytes_ = write_tree(folder_.file("tree"), files);
    write_text(manifest(), evenkeel({"manifest", "scan", folder_.file("tree")}).out);
  }

  static constexpr int files = 200;
  std::int64_t bytes() const { return bytes_; }
  std::string manifest() const { return folder_.file("m.json"); }
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  ScratchFolder folder_;
  std::int64_t bytes_ = 0;
};

// A job of 2,000 samples that its workers sleep through.
class SleepingJob {
 public:
  explicit SleepingJob(const std::string& cluster = two_workers) {
    write_text(folder_.file("m.json"), manifest_text(20, 100));
    write_text(folder_.file("c.json"), cluster);
  }

  Finished run(int ranks, std::vector<std::string> options) const {
    options.insert(options.begin(), {"run", "--manifest", folder_.file("m.json"), "--workload",
                                     "simulated", "--cluster", folder_.file("c.json"), "--quiet"});
    return mpirun_evenkeel(ranks, options);
  }

  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  ScratchFolder folder_;
};

// Status 2 and this line, once, though every rank saw the same command line.
void expect_refusal(const Finished& finished, const std::string& line) {
  EXPECT_EQ(finished.err, "evenkeel: " + line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
  EXPECT_FALSE(finished.timed_out);
}

TEST(RunRead, ReadsAllDataAndReportsOnce) {
  const ScannedTree tree;
  const Finished finished =
      mpirun_evenkeel(3, {"run", "--manifest", tree.manifest(), "--workload", "read", "--epochs",
                          "2", "--step-samples", "4", "--report", tree.file("r.json"), "--spans",
                          tree.file("spans.jsonl"), "--quiet"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_NE(finished.out.find("COMPLETE"), std::string::npos);
  EXPECT_EQ(finished.out.find("COMPLETE"), finished.out.rfind("COMPLETE"));

  const Json report = Json::parse(content_of(tree.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["dataset"]["files"], ScannedTree::files);
  EXPECT_EQ(report["dataset"]["samples"], ScannedTree::files);
  EXPECT_EQ(report["dataset"]["cost"], tree.bytes());
  EXPECT_EQ(report["ranks"].size(), 2U);
  EXPECT_TRUE(spans_tile(tree.file("spans.jsonl"), 2, ScannedTree::files));
}

TEST(RunRead, CountsAllWorkAsLoading) {
  const ScannedTree tree;
  const Finished finished = mpirun_evenkeel(
      3, {"run", "--manifest", tree.manifest(), "--workload", "read", "--mode", "step",
          "--global-batch", "50", "--report", tree.file("r.json"), "--quiet"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(tree.file("r.json")));
  ASSERT_EQ(report["ranks"].size(), 2U);
  for (const Json& rank : report["ranks"]) {
    EXPECT_GT(rank["data_s"].get<double>(), rank["compute_s"].get<double>());
  }
}

TEST(RunRead, RefusesDataThatIsNotAsDescribed) {
  const ScannedTree tree;
  std::filesystem::resize_file(tree.file("tree/3/10.bin"), 5);
  std::filesystem::remove(tree.file("tree/4/11.bin"));
  expect_refusal(mpirun_evenkeel(3, {"run", "--manifest", tree.manifest(), "--workload", "read"}),
                 tree.file("tree/3/10.bin") +
                     ": has 5 bytes; the manifest says 3701 (and 1 more); "
                     "'evenkeel manifest check " +
                     tree.manifest() + "' lists all that is wrong");
}

// What is checked is what is run: the manifest is read once, as a pipe has to be.
TEST(RunRead, TakesTheManifestFromAPipe) {
  const ScannedTree tree;
  const std::string pipe = tree.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << content_of(tree.manifest()); });
  const Finished finished = mpirun_evenkeel(3, {"run", "--manifest", pipe, "--workload", "read",
                                                "--report", tree.file("r.json"), "--quiet"});
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);  // if nobody else has read it
  writer.join();
  ::close(reader);
  EXPECT_FALSE(finished.timed_out);
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(tree.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["dataset"]["cost"], tree.bytes());
}

TEST(RunRead, SetsAsideWhatCannotBeReadAndNamesItOnce) {
  // The kernel gives such files a size of 4096, and ends them where their text ends.
  const std::string file = "/sys/devices/system/cpu/online";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const ScratchFolder folder;
  write_text(folder.file("m.json"), R"({"evenkeel": 1, "files": [{"path": ")" + file +
                                        R"(", "samples": 10},)" + R"({"path": ")" +
                                        folder.file("good") + R"(", "samples": 10}]})");
  write_bytes(folder.file("good"), 1000);
  const Finished finished = mpirun_evenkeel(
      2, {"run", "--manifest", folder.file("m.json"), "--workload", "read", "--quiet", "--shuffle",
          "none", "--step-samples", "1", "--report", folder.file("r.json")});
  EXPECT_EQ(finished.status, 1);
  const Json report = Json::parse(content_of(folder.file("r.json")));
  EXPECT_EQ(report["complete"], false);
  ASSERT_EQ(report["set_aside"].size(), 1U);  // all but what the file has at its very beginning
  const Json& set_aside = report["set_aside"][0];
  EXPECT_EQ(set_aside["path"], file);
  EXPECT_EQ(set_aside["first"].get<int>() + set_aside["count"].get<int>(), 10);
  EXPECT_EQ(report["ranks"][0]["failed_steps"], 3 * set_aside["count"].get<int>());
  EXPECT_EQ(report["ranks"][0]["samples"], 20 - set_aside["count"].get<int>());
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 2) << finished.err;
  EXPECT_EQ(finished.err.find("evenkeel: rank 1: sample"), 0U) << finished.err;
  EXPECT_NE(finished.err.find(" of " + file + " fail: " + file + ": ends at byte "),
            std::string::npos)
      << finished.err;
  EXPECT_NE(finished.err.find("\nevenkeel: the job is not complete: "), std::string::npos);
}

TEST(RunRead, GivesUpInStepModeIfAFileCannotBeRead) {
  const std::string file = "/sys/devices/system/cpu/online";  // shorter than it seems
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const ScratchFolder folder;
  write_text(folder.file("m.json"),
             R"({"evenkeel": 1, "files": [{"path": ")" + file + R"(", "samples": 60}]})");
  const Finished finished =
      mpirun_evenkeel(3, {"run", "--manifest", folder.file("m.json"), "--workload", "read",
                          "--mode", "step", "--global-batch", "6", "--quiet"});
  EXPECT_FALSE(finished.timed_out);
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.out.find("NOT COMPLETE"), std::string::npos);
  EXPECT_NE(finished.err.find("; the job is given up\n"), std::string::npos) << finished.err;
}

// Each rank has a folder of its own to work in, as a node has its own disks; rank 2's lacks a file.
TEST(RunRead, GoesOnThoughOneRankLacksAFile) {
  const ScratchFolder folder;
  for (const char* const rank : {"0", "1", "2", "3"}) {
    std::filesystem::create_directories(folder.file(rank) + std::string("/data"));
    for (const char* const name : {"/data/a", "/data/b"}) {
      write_bytes(folder.file(rank) + std::string(name), 1000);
    }
  }
  std::filesystem::remove(folder.file("2/data/b"));
  write_text(folder.file("m.json"), R"({"evenkeel": 1, "root": "/proc/self/cwd/data", "files": [
    {"path": "a", "samples": 500, "bytes": 1000}, {"path": "b", "samples": 500, "bytes": 1000}]})");
  const std::string run = "cd " + folder.file("$OMPI_COMM_WORLD_RANK") + " && exec " +
                          EVENKEEL_PROGRAM + " run --manifest " + folder.file("m.json") +
                          " --workload read --quiet --step-samples 5 --shard-samples 50 --report " +
                          folder.file("r.json") + " --spans " + folder.file("s.jsonl");
  const Finished finished = launch_with_mpirun(4, {"sh", "-c", run});
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(folder.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_TRUE(spans_tile(folder.file("s.jsonl"), 1, 1000));
  if (report["ranks"][1]["failed_steps"] == 0) GTEST_SKIP() << "rank 2 came too late for the file";
  EXPECT_NE(finished.err.find("/proc/self/cwd/data/b: No such file or directory"),
            std::string::npos);
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

TEST(RunSimulated, SleepsAsTheProfileSays) {
  const SleepingJob job;
  const Finished finished = job.run(3, {"--time-scale", "0.2", "--report", job.file("r.json"),
                                        "--policy", "static", "--spans", job.file("spans.jsonl")});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(job.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["policy"], "static");
  EXPECT_EQ(report["ranks"][0]["host"], "new-0");
  EXPECT_EQ(report["ranks"][1]["host"], "old-0");
  // Sleep is never shorter than asked for: half of the samples, at the speed of the profile.
  const double slow_worker_s = 0.2 * report["ranks"][1]["samples"].get<double>() / 1000;
  EXPECT_GE(report["ranks"][1]["compute_s"].get<double>(), slow_worker_s);
  EXPECT_GT(report["coordinator_busy"], 0);
  EXPECT_LT(report["coordinator_busy"], 1);
  EXPECT_TRUE(spans_tile(job.file("spans.jsonl"), 1, 2000));
}

TEST(RunSimulated, NamesTheMachineWhereTheProfileNamesNoHost) {
  const SleepingJob job(R"({"evenkeel_cluster": 1, "ranks": [
    {"speed": 9000}, {"host": "old-0", "speed": 9000}, {"speed": 9000}]})");
  const Finished finished = job.run(4, {"--report", job.file("r.json")});
  EXPECT_EQ(finished.status, 0);
  std::array<char, HOST_NAME_MAX + 1> machine{};
  ASSERT_EQ(::gethostname(machine.data(), machine.size()), 0);
  const Json ranks = Json::parse(content_of(job.file("r.json")))["ranks"];
  EXPECT_EQ(ranks[0]["host"], machine.data());
  EXPECT_EQ(ranks[1]["host"], "old-0");
  EXPECT_EQ(ranks[2]["host"], machine.data());
}

TEST(RunSimulated, RunsInStepMode) {
  const SleepingJob job;
  const Finished finished =
      job.run(3, {"--mode", "step", "--global-batch", "100", "--no-baseline", "--report",
                  job.file("r.json"), "--spans", job.file("spans.jsonl")});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(job.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["steps"], 20);
  EXPECT_EQ(report["baseline"]["source"], "modelled");
  EXPECT_GT(report["ranks"][0]["samples"], report["ranks"][1]["samples"]);
  EXPECT_TRUE(spans_tile(job.file("spans.jsonl"), 1, 2000));
}

// Once, for all ranks; half as fast as the profile says.
TEST(RunSimulated, WarnsOfStepsBeyondTheDeadline) {
  const SleepingJob job(R"({"evenkeel_cluster": 1, "ranks": [
    {"speed": 2000}, {"host": "old-0", "speed": 500}]})");
  const Finished finished =
      job.run(3, {"--step-samples", "100", "--lease-deadline", "0.3", "--time-scale", "2"});
  EXPECT_TRUE(finished.err.starts_with(
      "evenkeel: " + job.file("c.json") +
      ": a step takes 400 ms on rank 2, and after 300 ms of silence a rank counts as "
      "lost; are the speeds per second in the unit of the manifest's costs? "
      "--step-samples makes steps shorter, --lease-deadline the wait longer\n"))
      << finished.err;
}

TEST(RunSimulated, RefusesABatchThatDoesNotFitTheData) {
  const SleepingJob job;
  expect_refusal(job.run(3, {"--mode", "step", "--global-batch", "2001"}),
                 "--global-batch: 2001 samples, but the dataset has only 2000; give fewer");
}

TEST(RunSimulated, ScalesTime) {
  const SleepingJob job(R"({"evenkeel_cluster": 1, "ranks": [{"count": 2, "speed": 1}]})");
  const Finished finished = job.run(3, {"--time-scale", "0.0001"});
  EXPECT_FALSE(finished.timed_out);  // 1,000 s in the profile's time
  EXPECT_EQ(finished.status, 0);
}

TEST(RunSimulated, GoesOnWithoutAWorkerThatDies) {
  const SleepingJob job(R"({"evenkeel_cluster": 1, "ranks": [
    {"speed": 3000}, {"speed": 3000, "dies_at": 0.1}]})");
  const Finished finished = job.run(3, {"--lease-deadline", "0.3", "--report", job.file("r.json"),
                                        "--spans", job.file("spans.jsonl")});
  EXPECT_EQ(finished.status, 0);
  const Json report = Json::parse(content_of(job.file("r.json")));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["lost_ranks"], Json::array({2}));
  EXPECT_TRUE(spans_tile(job.file("spans.jsonl"), 1, 2000));
}

TEST(RunSimulated, RefusesAProfileOfAnotherNumberOfRanks) {
  const SleepingJob job;
  expect_refusal(
      job.run(4, {}),
      job.file("c.json") +
          ": describes 2 workers, but mpirun -n 4 started 3; launch it with mpirun -n 3, or "
          "change the profile");
}

TEST(Run, RefusesASingleRank) {
  const SleepingJob job;
  expect_refusal(job.run(1, {}),
                 "run: needs rank 0 to coordinate and at least one worker; launch it with, for "
                 "instance, 'mpirun -n 9 evenkeel run ...' for 8 workers");
}

TEST(Run, RefusesBadOptionsOnRankZeroAlone) {
  const SleepingJob job;
  expect_refusal(job.run(3, {"--epochs", "0"}), "--epochs: 0 is too small; give at least 1");
}

// Ranks 0, and 1 and 2, with command lines of their own.
Finished different_ranks(const std::vector<std::string>& first,
                         const std::vector<std::string>& others,
                         std::vector<std::string> launcher_options = {}) {
  const auto command = [](const std::vector<std::string>& arguments) {
    std::string text = std::string("exec ") + EVENKEEL_PROGRAM;
    for (const std::string& argument : arguments) text += " '" + argument + "'";
    return text;
  };
  const ScratchFolder folder;
  write_text(folder.file("rank.sh"),
             "[ $PMIX_RANK -gt 0 ] || " + command(first) + "\n" + command(others) + "\n");
  launcher_options.insert(launcher_options.end(), {"-n", "3", "sh", folder.file("rank.sh")});
  return launch_with_mpirun(launcher_options);
}

TEST(Run, RefusesRanksThatDisagree) {
  const ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(20, 100));
  write_text(folder.file("c.json"), two_workers);
  const auto run = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"run", "--manifest", folder.file("m.json"), "--quiet"});
    return options;
  };
  const std::vector<std::string> reads = run({"--workload", "read"});
  const std::vector<std::string> trains = run({"--", "true"});
  const std::vector<std::string> sleeps =
      run({"--workload", "simulated", "--cluster", folder.file("c.json")});
  struct Case {
    std::vector<std::string> first;
    std::vector<std::string> others;
    std::string complaint;
  };
  const std::string remedy =
      "; start the same program with the same options on all ranks (only the command after '--' "
      "may differ)";
  const std::vector<Case> cases{
      {reads, run({"--workload", "read", "--mode", "step"}),
       "--mode step, on rank 0 lease" + remedy},
      {run({"--mode", "step", "--", "true"}), trains, "--mode lease, on rank 0 step" + remedy},
      {trains, reads, "--workload read, on rank 0 none, but a trainer" + remedy},
      {reads, trains, "--workload none, but a trainer, on rank 0 read" + remedy},
      {reads, sleeps, "--workload simulated, on rank 0 read" + remedy},
      {sleeps, run({"--workload", "simulated", "--cluster", "c.json", "--time-scale", "2"}),
       "--time-scale 2, on rank 0 1" + remedy},
      {trains, run({"--coordinator", "dedicated", "--", "true"}),
       "--coordinator dedicated, on rank 0 shared" + remedy},
      {trains, run({"--restarts", "2", "--", "true"}), "--restarts 2, on rank 0 3" + remedy},
      {run({"--grace", "2.5", "--", "true"}), trains, "--grace 0, on rank 0 2.5" + remedy},
      {reads, run({"--workload", "read", "--grace", "7"}), "--grace 7, on rank 0 0" + remedy},
      {trains, {"help"}, "program evenkeel help, on rank 0 evenkeel run" + remedy},
      {{"help"}, trains, "program evenkeel run, on rank 0 evenkeel help" + remedy},
      {trains, {}, "program evenkeel, on rank 0 evenkeel run" + remedy},
      {reads, {"run", "--help"}, "program evenkeel --help, on rank 0 evenkeel run" + remedy},
      {trains, run({"--", "no-such-program"}),
       "no-such-program: there is no such program in PATH; give a program that can be started "
       "after '--'"},
      {trains, run({"--sead", "1"}), "unknown option '--sead'; did you mean '--seed'?"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.complaint);
    expect_refusal(different_ranks(each.first, each.others), "ranks 1-2: " + each.complaint);
  }
}

TEST(Run, RefusesRanksThatDisagreeWhereDeathsAreSurvived) {
  const ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(20, 100));
  const std::vector<std::string> run{"run", "--manifest", folder.file("m.json"), "--workload"};
  std::vector<std::string> reads = run;
  reads.emplace_back("read");
  std::vector<std::string> steps = reads;
  steps.emplace_back("--mode=step");
  const Finished finished = different_ranks(reads, steps, {"--enable-recovery"});
  EXPECT_FALSE(finished.timed_out);
  EXPECT_EQ(finished.err.find("evenkeel: ranks 1-2: --mode step, on rank 0 lease"), 0U)
      << finished.err;
}

TEST(Run, TakesRanksWhoseOtherOptionsDiffer) {
  const ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(20, 100));
  write_text(folder.file("c.json"), two_workers);
  const Finished finished =
      different_ranks({"run", "--manifest", folder.file("m.json"), "--workload", "simulated",
                       "--cluster", folder.file("c.json"), "--quiet"},
                      {"run", "--manifest", "elsewhere", "--workload", "simulated", "--cluster",
                       "elsewhere", "--epochs", "7", "--policy", "static"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_NE(finished.out.find("2,000 of 2,000 samples once each"), std::string::npos);
}

TEST(Run, RefusesAnotherNumberOfWeights) {
  const SleepingJob job;
  expect_refusal(job.run(3, {"--policy", "weighted", "--weights", "1,2,3"}),
                 "--weights: 3 given for 2 workers; give one per worker, or host=weight");
}

TEST(Run, RefusesResultsThatCannotBeWritten) {
  const SleepingJob job;
  for (const char* const option : {"--report", "--spans"}) {
    const std::string path = job.file("nowhere/r.json");
    expect_refusal(job.run(3, {option, path}),
                   path +
                       ": cannot write: No such file or directory; check its folder and free "
                       "space, or choose another file");
  }
}

TEST(Run, RefusesAManifestThatIsNotThere) {
  const ScratchFolder folder;
  for (const char* const workload : {"read", "simulated"}) {
    write_text(folder.file("c.json"), two_workers);
    std::vector<std::string> arguments{"run", "--manifest", folder.file("m.json"), "--workload",
                                       workload};
    if (workload == std::string("simulated")) {
      arguments.insert(arguments.end(), {"--cluster", folder.file("c.json")});
    }
    expect_refusal(mpirun_evenkeel(3, arguments),
                   folder.file("m.json") + ": no such file; check the path");
  }
}

TEST(Program, PrintsHelpOnceUnderMpirun) {
  const Finished finished = mpirun_evenkeel(3, {"run", "--help"});
  EXPECT_EQ(finished.out.find("usage: "), 0U);
  EXPECT_EQ(finished.out.rfind("usage: "), 0U);
  EXPECT_EQ(finished.status, 0);
}

}  // namespace
}  // namespace evenkeel

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "cli/spans.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using testing::content_of;
using testing::ScratchFolder;

constexpr const char* mixed_cluster = R"({"evenkeel_cluster": 1, "ranks": [
  {"count": 3, "host": "new-%d", "speed": 400, "overhead_s": 0.002, "noise": 0.05},
  {"host": "old-0", "speed": 100, "phases": [[2.0, 50]]}]})";

// A simulated job of 6,000 samples, with more options.
Finished simulate(const ScratchFolder& folder, std::vector<std::string> options,
                  const std::string& cluster = mixed_cluster) {
  write_text(folder.file("m.json"), manifest_text(60, 100));
  write_text(folder.file("c.json"), cluster);
  options.insert(options.begin(), {"simulate", "--manifest", folder.file("m.json"), "--cluster",
                                   folder.file("c.json")});
  return evenkeel(options);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Simulate, DoesStepMode) {
  const ScratchFolder folder;
  const Finished finished = simulate(
      folder, {"--mode", "step", "--global-batch", "40", "--policy", "adaptive", "--read-ahead",
               "2", "--spans", folder.file("s.jsonl"), "--report", folder.file("r.json")});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_TRUE(spans_tile(folder.file("s.jsonl"), 1, 6000));
  const Json report = Json::parse(content_of(folder.file("r.json")));
  EXPECT_EQ(report["mode"], "step");
  EXPECT_EQ(report["steps"], 150);
  EXPECT_LT(report["step_ms"]["median"], report["baseline"]["step_ms"]);
}

TEST(Simulate, PredictsAsItIsTold) {
  const ScratchFolder folder;
  // What a report calls noise are the errors of predictions.
  const auto noise = [&](const std::string& mode, const std::string& predictor) {
    const Finished finished =
        simulate(folder, {"--mode", mode, "--policy", "adaptive", "--predictor", predictor,
                          "--report", folder.file("r.json")});
    EXPECT_EQ(finished.err, "");
    EXPECT_EQ(finished.status, 0);
    return Json::parse(content_of(folder.file("r.json")))["ranks"][0]["speed_noise"].get<double>();
  };
  for (const std::string mode : {"lease", "step"}) {
    EXPECT_NE(noise(mode, "last"), noise(mode, "affine")) << mode;
    EXPECT_NE(noise(mode, "mixture"), noise(mode, "affine")) << mode;
  }
}

// Step mode shuffles within blocks unless told otherwise.
TEST(Simulate, TakesAShuffleBlockInStepModeWithoutMore) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {"--mode", "step", "--policy", "adaptive", "--shuffle-block", "512"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
}

// A device that changes every second, for half an hour and more.
std::string restless_cluster() {
  std::string phases;
  for (int second = 1; second < 2000; ++second) {
    phases += fmt::format("{}[{}, {}]", second > 1 ? "," : "", second, second % 2 == 0 ? 90 : 30);
  }
  return fmt::format(R"({{"evenkeel_cluster": 1, "ranks": [{{"speed": 90, "phases": [{}]}}]}})",
                     phases);
}

TEST(Simulate, LogsAllEventsAndReportsAsManyAsFit) {
  for (const char* const mode : {"lease", "step"}) {
    const ScratchFolder folder;
    std::vector<std::string> options{"--policy", "adaptive",
                                     "--epochs", "20",
                                     "--mode",   mode,
                                     "--log",    folder.file("l.jsonl"),
                                     "--report", folder.file("r.json")};
    if (mode == std::string("step")) {
      options.insert(options.end(), {"--global-batch", "1"});
    } else {
      options.insert(options.end(), {"--step-samples", "1"});
    }
    const Finished finished = simulate(folder, options, restless_cluster());
    EXPECT_EQ(finished.err, "");
    EXPECT_EQ(finished.status, 0);
    const std::vector<std::string> log = lines_of(content_of(folder.file("l.jsonl")));
    const auto logged = std::count_if(log.begin(), log.end(), [](const std::string& line) {
      return Json::parse(line).contains("event");
    });
    const Json report = Json::parse(content_of(folder.file("r.json")));
    const auto left_out = report["events_left_out"].get<std::int64_t>();
    EXPECT_GT(left_out, 0) << mode;
    EXPECT_EQ(static_cast<std::int64_t>(report["events"].size()) + left_out, logged) << mode;
    EXPECT_NE(finished.out.find(" more events"), std::string::npos);
  }
}

TEST(Simulate, ComparesThePoliciesOfStepMode) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {"--mode", "step", "--global-batch", "40"});
  EXPECT_EQ(finished.err, "");
  for (const char* const policy : {"\nadaptive ", "\nweighted ", "\nstatic ", " slowest/mean "}) {
    EXPECT_NE(finished.out.find(policy), std::string::npos) << finished.out;
  }
  EXPECT_EQ(finished.out.find("imbalance"), std::string::npos) << finished.out;
  EXPECT_EQ(finished.out.find("\nself "), std::string::npos);
}

TEST(Simulate, RefusesAPolicyOfTheOtherMode) {
  const ScratchFolder folder;
  for (const std::string policy : {"self", "gss", "tss", "fac2", "wf", "awf-b", "awf-c", "af"}) {
    const Finished finished = simulate(folder, {"--mode", "step", "--policy", policy});
    EXPECT_EQ(finished.err, "evenkeel: --policy: " + policy +
                                " requires --mode lease; in step mode give one of adaptive, "
                                "performance, weighted, static, observe\n");
    EXPECT_EQ(finished.status, 2);
  }
}

TEST(Simulate, ComparesAllPoliciesBestFirst) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {"--runs", "3"});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  const std::vector<std::string> lines = lines_of(finished.out);
  const auto titles = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("policy");
  });
  ASSERT_NE(titles, lines.end()) << finished.out;

  std::vector<std::string> policies;
  std::vector<double> ratios;
  for (auto line = titles + 1; line != lines.end() && !line->empty(); ++line) {
    EXPECT_LE(line->size(), 100U);
    std::istringstream columns(*line);
    std::string makespan;
    std::string unit;
    columns >> policies.emplace_back() >> makespan >> unit >> ratios.emplace_back();
  }
  for (const char* const column : {"makespan/T*", "worst", "imbalance", "messages/worker/s"}) {
    EXPECT_NE(titles->find(column), std::string::npos) << *titles;
  }
  EXPECT_EQ(policies.size(), 15U);
  EXPECT_EQ(policies.front(), "adaptive");
  EXPECT_TRUE(std::is_sorted(ratios.begin(), ratios.end())) << finished.out;
}

TEST(Simulate, SaysWhichPoliciesAreBetterOrWorse) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {"--vs", "self", "--runs", "5", "--report", folder.file("r.json")});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_NE(finished.out.find(" vs self"), std::string::npos) << finished.out;
  EXPECT_NE(finished.out.find("%  worse\n"), std::string::npos) << finished.out;
  const Json report = Json::parse(content_of(folder.file("r.json")));
  EXPECT_EQ(report["policies"].size(), 15U);
  EXPECT_EQ(report["policies"][0]["policy"], "adaptive");
  EXPECT_EQ(report["policies"][0]["bound_s"].size(), 5U);
}

TEST(Simulate, RunsThePolicyThatItComparesWith) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {"--policy", "static", "--vs", "adaptive", "--runs", "5"});
  EXPECT_NE(finished.out.find("\nadaptive "), std::string::npos) << finished.out;
  EXPECT_NE(finished.out.find("\nstatic "), std::string::npos) << finished.out;
  EXPECT_EQ(finished.out.find("\nself "), std::string::npos) << finished.out;
}

TEST(Simulate, SaysWhatItNeedsToCompare) {
  const ScratchFolder folder;
  EXPECT_EQ(simulate(folder, {"--vs", "adaptive"}).err,
            "evenkeel: --vs: 1 is too few runs to tell a difference from chance; give --runs 5 or "
            "more\n");
  EXPECT_EQ(simulate(folder, {"--mode", "step", "--vs", "self", "--runs", "5"}).err,
            "evenkeel: --vs: self requires --mode lease\n");
  EXPECT_EQ(simulate(folder, {"--vs", "self", "--runs", "5", "--report", "r.csv"}).err,
            "evenkeel: r.csv: a comparison of policies is reported as JSON; end the name in "
            ".json\n");
}

TEST(Simulate, TellsNothingOfAPolicyComparedWithItself) {
  const ScratchFolder folder;
  constexpr const char* note = "better, worse: by more than";
  const auto table = [&](const char* policy) {
    return simulate(folder, {"--policy", policy, "--vs", "adaptive", "--runs", "5"}).out;
  };
  EXPECT_NE(table("static").find(note), std::string::npos);
  EXPECT_EQ(table("adaptive").find(note), std::string::npos);
}

TEST(Simulate, SaysThatNoStepFailsInStepMode) {
  const ScratchFolder folder;
  const auto said = [&](const char* mode, const char* of_rank, const char* of_all) {
    return simulate(folder, {"--policy", "adaptive", "--mode", mode},
                    fmt::format(R"({{"evenkeel_cluster": 1, {} "ranks": [{{"speed": 100 {}}}]}})",
                                of_all, of_rank))
        .err;
  };
  const std::string file = "evenkeel: " + folder.file("c.json");
  constexpr const char* fails = R"(, "fails": 0.1)";
  constexpr const char* poison = R"("poison": 0.1,)";
  EXPECT_EQ(said("step", fails, ""), file + ": \"fails\" is ignored; it requires --mode lease\n");
  EXPECT_EQ(said("step", "", poison), file + ": \"poison\" is ignored; it requires --mode lease\n");
  EXPECT_EQ(said("step", fails, poison),
            file + ": \"fails\" and \"poison\" are ignored; they require --mode lease\n");
  EXPECT_EQ(said("step", "", ""), "");
  EXPECT_EQ(said("lease", fails, poison), "");
}

TEST(Simulate, NamesTheRankThatDiesInStepMode) {
  const ScratchFolder folder;
  const Finished finished = simulate(
      folder, {"--mode", "step", "--policy", "adaptive", "--report", folder.file("r.json")},
      R"({"evenkeel_cluster": 1, "ranks": [
    {"count": 2, "speed": 100}, {"speed": 100, "dies_at": 1.0}]})");
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.out.find("lost: rank 3"), std::string::npos) << finished.out;
  EXPECT_EQ(Json::parse(content_of(folder.file("r.json")))["lost_ranks"], Json::array({3}));
}

// As if the worker of which nothing is known were as fast as the others, and not as 1 sample/s.
TEST(Simulate, CountsHostsWithoutAWeightWithTheMean) {
  const ScratchFolder folder;
  const auto makespan_s = [&](const char* weights) {
    const Finished finished = simulate(
        folder, {"--policy", "weighted", "--weights", weights, "--report", folder.file("r.json")},
        R"({"evenkeel_cluster": 1, "ranks": [{"count": 4, "host": "h-%d", "speed": 1000}]})");
    EXPECT_EQ(finished.err,
              "evenkeel: --weights: names the hosts of 2 of 4 workers; the others count with their "
              "mean\n");
    return Json::parse(content_of(folder.file("r.json")))["makespan_s"].get<double>();
  };
  EXPECT_LT(makespan_s("h-0=1000,h-1=1000"), 2);
  EXPECT_EQ(makespan_s("h-0=1000,h-1=1000"), makespan_s("h-0=1,h-3=1"));
}

TEST(Simulate, SaysThatHostsAreNotUsedWhereSamplesAreMixed) {
  const ScratchFolder folder;
  write_text(folder.file("h.json"), R"({"evenkeel": 1, "files": [
      {"path": "a", "samples": 400, "hosts": ["old-0"]}]})");
  write_text(folder.file("c.json"), mixed_cluster);
  const auto said = [&](const char* shuffle) {
    return evenkeel({"simulate", "--manifest", folder.file("h.json"), "--cluster",
                     folder.file("c.json"), "--policy", "adaptive", "--order", "free", "--shuffle",
                     shuffle})
        .out;
  };
  EXPECT_NE(said("full").find("the hosts of files are not used: --shuffle full mixes"),
            std::string::npos);
  EXPECT_EQ(said("shards").find("not used"), std::string::npos);
}

TEST(Simulate, RefusesFactorsOfFilesThatTheManifestDoesNotHave) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {}, R"({"evenkeel_cluster": 1, "ranks": [
      {"speed": 1}, {"speed": 1, "file_factors": [[60, 2]]}]})");
  EXPECT_EQ(finished.err, "evenkeel: " + folder.file("c.json") +
                              ": the file factors of rank 2 name file 60; the manifest has the "
                              "files 0 to 59\n");
  EXPECT_EQ(finished.status, 2);
}

// Ten steps, each of which may take half or twice its time.
TEST(Simulate, SaysWhyTheLimitIsBeaten) {
  const ScratchFolder folder;
  constexpr const char* note = "\nT*: of the mean speeds; by chance, few steps that vary much";
  const auto table = [&](const char* noise) {
    return simulate(folder, {"--runs", "9", "--step-samples", "600", "--policy", "self"},
                    fmt::format(R"({{"evenkeel_cluster": 1, "ranks": [
                        {{"count": 2, "speed": 100, "noise": {}}}]}})",
                                noise))
        .out;
  };
  EXPECT_NE(table("0.5").find(note), std::string::npos) << table("0.5");
  EXPECT_EQ(table("0").find(note), std::string::npos) << table("0");
}

TEST(Simulate, SaysWhereWeightsCameFrom) {
  const ScratchFolder folder;
  constexpr const char* note = "weights: the profile's first speeds; --weights gives others\n";
  EXPECT_NE(simulate(folder, {}).out.find(note), std::string::npos);
  for (const char* const policy : {"weighted", "wf"}) {
    EXPECT_NE(simulate(folder, {"--policy", policy}).out.find(note), std::string::npos);
  }
  EXPECT_EQ(simulate(folder, {"--weights", "1,1,1,1"}).out.find(note), std::string::npos);
}

TEST(Simulate, TakesSpeedsFromAnEarlierReport) {
  const ScratchFolder folder;
  const std::string report = folder.file("old.json");
  simulate(folder, {"--policy", "adaptive", "--report", report});
  const std::string note = report + ": first speeds of 4 of 4 workers are taken from it\n";
  const Finished finished = simulate(folder, {"--speeds", report});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_NE(finished.out.find(note), std::string::npos) << finished.out;
  EXPECT_EQ(finished.out.find("the profile's first speeds"), std::string::npos) << finished.out;
  const Finished refused = simulate(folder, {"--speeds", folder.file("c.json")});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
}

TEST(Simulate, ReportsOneJob) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {"--policy", "adaptive", "--epochs", "2", "--report", folder.file("r.json"),
                        "--report", folder.file("r.csv")});
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  EXPECT_NE(finished.out.find("COMPLETE"), std::string::npos);
  const Json report = Json::parse(content_of(folder.file("r.json")));
  EXPECT_EQ(report["schema"], "evenkeel.report/1");
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["epochs"], 2);
  EXPECT_EQ(report["dataset"]["samples"], 6000);
  EXPECT_EQ(report["ranks"].size(), 4U);
  EXPECT_EQ(lines_of(content_of(folder.file("r.csv"))).size(), 5U);
}

TEST(Simulate, NamesAHostWhereTheProfileDoesNot) {
  const ScratchFolder folder;
  simulate(folder, {"--policy", "static", "--report", folder.file("r.json")},
           R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1}, {"host": "a", "speed": 1}]})");
  const Json ranks = Json::parse(content_of(folder.file("r.json")))["ranks"];
  EXPECT_EQ(ranks[0]["host"], "node-0");
  EXPECT_EQ(ranks[1]["host"], "a");
}

TEST(Simulate, ObservesAndSaysWhatAdaptiveWouldSave) {
  constexpr const char* cluster =
      R"({"evenkeel_cluster": 1, "ranks": [{"count": 3, "speed": 400}, {"speed": 100}]})";
  const ScratchFolder folder;
  const std::string lease = simulate(folder, {"--policy", "observe"}, cluster).out;
  EXPECT_NE(lease.find("\nadaptive  4.62 s expected, 69% less: rank 4 finished last, others "
                       "waited 75% on average\n"),
            std::string::npos)
      << lease;
  const std::string step =
      simulate(folder, {"--policy", "observe", "--mode", "step", "--global-batch", "40"}, cluster)
          .out;
  EXPECT_NE(step.find("\nadaptive     33 ms expected, 68% less: the others waited for rank 4 in "
                      "100% of steps\n"),
            std::string::npos)
      << step;
}

TEST(Simulate, ReplaysExactlyFromItsSeed) {
  const ScratchFolder folder;
  const auto spans = [&](const std::string& seed) {
    const Finished finished = simulate(
        folder, {"--policy", "adaptive", "--seed", seed, "--spans", folder.file("spans.jsonl")});
    return std::pair(finished.out, content_of(folder.file("spans.jsonl")));
  };
  const auto first = spans("7");
  EXPECT_EQ(spans("7"), first);
  EXPECT_NE(spans("8").second, first.second);
}

TEST(Simulate, WritesSpansThatTileEveryEpoch) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {"--policy", "self", "--epochs", "2", "--shuffle",
                                              "full", "--spans", folder.file("spans.jsonl")});
  EXPECT_EQ(finished.status, 0);
  EXPECT_TRUE(spans_tile(folder.file("spans.jsonl"), 2, 6000));
}

TEST(Simulate, ExitsWithOneIfTheJobIsNotComplete) {
  const ScratchFolder folder;
  constexpr const char* doomed = R"({"evenkeel_cluster": 1, "ranks": [
    {"count": 2, "speed": 100, "dies_at": 1.0}]})";
  const Finished one = simulate(folder, {"--policy", "adaptive"}, doomed);
  EXPECT_EQ(one.status, 1);
  EXPECT_NE(one.out.find("NOT COMPLETE"), std::string::npos) << one.out;
  const Finished all = simulate(folder, {}, doomed);
  EXPECT_EQ(all.status, 1);
  EXPECT_NE(all.out.find("not complete"), std::string::npos) << all.out;
}

TEST(Simulate, GoesOnWithoutAWorkerThatDies) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {"--policy", "adaptive", "--report", folder.file("r.json")},
               R"({"evenkeel_cluster": 1, "ranks": [
    {"speed": 100, "dies_at": 1.0}, {"count": 2, "speed": 100}]})");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(Json::parse(content_of(folder.file("r.json")))["lost_ranks"], Json::array({1}));
}

struct BadCluster {
  const char* text;
  const char* line;  // after the profile's path
};

std::ostream& operator<<(std::ostream& out, const BadCluster& bad) { return out << bad.text; }

class BadClusters : public ::testing::TestWithParam<BadCluster> {};

TEST_P(BadClusters, AreRefusedInOneLine) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {}, GetParam().text);
  EXPECT_EQ(finished.err, "evenkeel: " + folder.file("c.json") + GetParam().line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Simulate, BadClusters,
    ::testing::Values(BadCluster{R"({"evenkeel_cluster": 1, "ranks": []})",
                                 ":1: /ranks is empty; a cluster has at least one rank"},
                      BadCluster{R"({"evenkeel_cluster": 1, "ranks": [{"speed": 0}]})",
                                 ":1: /ranks/0/speed is 0; a speed is a number from 1e-15 to 1e30"},
                      BadCluster{
                          R"({"evenkeel_cluster": 1, "ranks": [{"sped": 1}]})",
                          ":1: /ranks/0 has an unknown key \"sped\"; did you mean \"speed\"?"},
                      BadCluster{R"({"evenkeel_cluster": 1, ranks)",
                                 ":1:25: is not JSON: invalid literal; expected string literal"}));

// A job of 64 steps on 4 workers, one of which is slow: steps before balance would be many.
TEST(Simulate, MeasuresNoEqualStepsBeforeItBalances) {
  const ScratchFolder folder;
  const auto report = [&](const char* policy) {
    const Finished finished = simulate(
        folder,
        {"--mode", "step", "--steps", "64", "--global-batch", "64", "--policy", policy, "--report",
         folder.file("r.json")},
        R"({"evenkeel_cluster": 1, "ranks": [{"count": 3, "speed": 400}, {"speed": 100}]})");
    EXPECT_EQ(finished.err, "");
    return Json::parse(content_of(folder.file("r.json")));
  };
  const Json adaptive = report("adaptive");
  EXPECT_EQ(adaptive["baseline"]["source"], "modelled");
  EXPECT_LT(adaptive["ratio"], 1.15);
  EXPECT_LT(adaptive["makespan_s"], 1.15 * report("weighted")["makespan_s"].get<double>());
}

struct LongSteps {
  const char* speeds;  // of both ranks
  std::vector<std::string> options;
  const char* text;  // after the profile's path
};

// 100 files of 1 MB.
TEST(Simulate, WarnsOfStepsOfMinutesOrBeyondTheDeadline) {
  const ScratchFolder folder;
  write_text(folder.file("bytes.json"), R"({"evenkeel": 1, "cost_unit": "bytes", "files": [
      {"path": "a", "samples": 100, "cost": 1e8}]})");
  const std::string unit =
      "; are the speeds per second in the unit of the manifest's costs (bytes)? ";
  for (const auto& [speeds, options, text] : std::vector<LongSteps>{
           {R"({"speed": 1e6}, {"speed": 6e5, "overhead_s": 1})", {}, ""},
           {R"({"speed": 1e6}, {"speed": 6e5, "overhead_s": 1})",
            {"--mode", "step", "--global-batch", "64"},
            ""},
           {R"({"speed": 1e6}, {"speed": 2e5, "overhead_s": 1})",
            {},
            ": a step takes 2m 41s on rank 2{}--step-samples makes steps shorter"},
           {R"({"speed": 4e5}, {"speed": 1e6, "phases": [[1e6, 10]]})",
            {"--mode", "step", "--global-batch", "64"},
            ": a step takes 80.0 s on rank 1{}--global-batch makes steps shorter"},
           {R"({"speed": 4e5}, {"speed": 1e6, "phases": [[1, 1e5]]})",
            {"--mode", "step", "--global-batch", "64"},
            ": a step takes up to 5m 20s on rank 2{}--global-batch makes steps shorter"},
           {R"({"speed": 1e6}, {"speed": 1e6, "warmup": [1, 3]})",
            {},
            ": a step takes up to 96.0 s on rank 2{}--step-samples makes steps shorter"},
           {R"({"speed": 1e6}, {"speed": 1e6, "warmup": [1, 0.5]})", {}, ""},
           {R"({"speed": 1e6, "pauses": {"every_steps": 2, "seconds": 51}}, {"speed": 1e6})",
            {"--step-samples", "10"},
            ": a step takes up to 61.0 s on rank 1{}--step-samples makes steps shorter"},
           {R"({"speed": 1e6, "pauses": {"every_steps": 90, "seconds": 51}}, {"speed": 1e6})",
            {"--step-samples", "10"},
            ""},
           {R"({"speed": 1e6}, {"speed": 1e6, "file_factors": [[0, 4]]})",
            {},
            ": a step takes up to 2m 08s on rank 2{}--step-samples makes steps shorter"},
           {R"({"speed": 1000}, {"speed": 1e6})",
            {},
            ": a step takes 8h 53m on rank 1, and after 10m 00s of silence a rank counts as "
            "lost{}--step-samples makes steps shorter, --lease-deadline the wait longer"},
           {R"({"speed": 1e7}, {"speed": 1e7})",
            {"--lease-deadline", "3"},
            ": a step takes 3.20 s on rank 1, and after 3.00 s of silence a rank counts as "
            "lost{}--step-samples makes steps shorter, --lease-deadline the wait longer"},
           {R"({"speed": 1000}, {"speed": 1000})",
            {"--mode", "step", "--global-batch", "64"},
            ": a step takes 8h 53m on rank 1, and after 10m 00s of silence the job is given "
            "up{}--global-batch makes steps shorter, --lease-deadline the wait longer"},
       }) {
    write_text(folder.file("c.json"),
               fmt::format(R"({{"evenkeel_cluster": 1, "ranks": [{}]}})", speeds));
    for (const char* const policy : {"all", "adaptive"}) {
      std::vector<std::string> command{
          "simulate", "--manifest", folder.file("bytes.json"), "--cluster", folder.file("c.json"),
          "--policy", policy};
      command.insert(command.end(), options.begin(), options.end());
      std::string line;
      if (*text != 0) {
        line = "evenkeel: " + folder.file("c.json") + fmt::format(fmt::runtime(text), unit) + "\n";
      }
      EXPECT_EQ(evenkeel(command).err, line) << speeds;
    }
  }
}

// The speeds are in samples per second, say, and the costs in bytes.
TEST(Simulate, RefusesAJobOfDecades) {
  const ScratchFolder folder;
  write_text(folder.file("bytes.json"), R"({"evenkeel": 1, "cost_unit": "bytes", "files": [
      {"path": "a", "samples": 1000, "cost": 1.2e12}]})");
  write_text(folder.file("slow.json"), R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1000}]})");
  for (const char* const mode : {"lease", "step"}) {
    const Finished finished = evenkeel({"simulate", "--manifest", folder.file("bytes.json"),
                                        "--cluster", folder.file("slow.json"), "--mode", mode});
    EXPECT_EQ(finished.err,
              "evenkeel: " + folder.file("slow.json") +
                  ": at these speeds the job would take 38 years; are they in bytes per "
                  "second, the unit of the manifest's costs?\n");
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.status, 2);
  }
}

TEST(Simulate, RefusesAJobOfNoTime) {
  const ScratchFolder folder;
  const Finished finished =
      simulate(folder, {}, R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1e12}]})");
  EXPECT_EQ(finished.err, "evenkeel: " + folder.file("c.json") +
                              ": at these speeds the job would take less than a microsecond; are "
                              "they in samples per second, the unit of the manifest's costs?\n");
  EXPECT_EQ(finished.status, 2);
}

// What the formats allow, in both modes.
TEST(Simulate, CalculatesWithExtremeCosts) {
  const ScratchFolder folder;
  for (const auto& [low, high, speed] : {std::array<const char*, 3>{"1e-15", "1e-15", "1e-15"},
                                         {"1e-15", "1e29", "1e29"},
                                         {"1e29", "1e29", "1e30"}}) {
    write_text(folder.file("x.json"), fmt::format(R"({{"evenkeel": 1, "files": [
        {{"path": "a", "samples": 300, "cost": {0}}}, {{"path": "b", "samples": 300, "cost": {1}}},
        {{"path": "c", "samples": 300, "cost": {0}}}]}})",
                                                  low, high));
    write_text(folder.file("c.json"), fmt::format(R"({{"evenkeel_cluster": 1, "ranks": [
        {{"count": 2, "speed": {0}}}, {{"speed": {0}, "overhead_s": 0.001}}]}})",
                                                  speed));
    for (const std::string mode : {"lease", "step", "cost"}) {
      std::vector<std::string> options{"simulate",  "--manifest",          folder.file("x.json"),
                                       "--cluster", folder.file("c.json"), "--epochs",
                                       "3"};
      if (mode != "lease") options.insert(options.end(), {"--mode", "step", "--global-batch", "9"});
      if (mode == "cost") options.insert(options.end(), {"--partition", "cost"});
      const Finished finished = evenkeel(options);
      EXPECT_EQ(finished.err, "") << low << " " << high << " " << mode;
      EXPECT_EQ(finished.status, 0) << low << " " << high << " " << mode;
      for (const std::string& line : lines_of(finished.out)) EXPECT_LE(line.size(), 100U) << line;
    }
  }
}

TEST(Simulate, RefusesAnotherNumberOfWeights) {
  const ScratchFolder folder;
  const Finished finished = simulate(folder, {"--weights", "1,2"});
  EXPECT_EQ(finished.err,
            "evenkeel: --weights: 2 given for 4 workers; give one per worker, or host=weight\n");
  EXPECT_EQ(finished.status, 2);
}

TEST(Simulate, RefusesResultsThatCannotBeWritten) {
  const ScratchFolder folder;
  for (const char* const option : {"--report", "--spans"}) {
    const std::string path = folder.file("nowhere/results.json");
    const Finished finished = simulate(folder, {"--policy", "self", option, path});
    EXPECT_EQ(finished.err, "evenkeel: " + path +
                                ": cannot write: No such file or directory; check its folder and "
                                "free space, or choose another file\n");
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.status, 2);
  }
}

}  // namespace
}  // namespace evenkeel

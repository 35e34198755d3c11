#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "example_report.h"
#include "report/report_file.h"

namespace evenkeel {
namespace {

using Json = nlohmann::ordered_json;
using testing::lose;
using testing::six_workers_in_step_mode;
using testing::three_workers;
using testing::untold_step_mode;

std::string text_of(const BalanceReport& report) {
  std::ostringstream out;
  write_json(report, out);
  return std::move(out).str();
}

Json json_of(const BalanceReport& report) { return Json::parse(text_of(report)); }

std::vector<std::string> names(const Json& object) {
  std::vector<std::string> result;
  for (const auto& member : object.items()) result.push_back(member.key());
  return result;
}

// The format as documented, with one element in each list.
Json documented() {
  return Json::parse(R"json(
{"schema": "evenkeel.report/1", "mode": "lease", "policy": "adaptive", "complete": true, "interrupted": false,
 "dataset": {"name": "", "files": 0, "shards": 0, "samples": 0, "cost": 0, "cost_unit": "samples"},
 "epochs": 1, "steps": 0, "makespan_s": 0, "bound_s": 0, "ratio": 0, "imbalance": 0,
 "untold_steps": 0, "messages": 0, "coordinator_busy": 0, "leases": 0, "trims": 0, "plans": 0, "redone_samples": 0, "wasted_samples": 0,
 "dropped_samples": 0, "samples_before": 0, "set_aside_samples": 0, "lost_ranks": [], "events_left_out": 0, "prior": {"ranks": 2, "agreement": 1},
 "baseline": {"step_ms": null, "source": "measured|modelled"}, "step_ms": {"median": null, "p95": null, "bound": null},
 "set_aside": [{"dataset": 0, "epoch": 0, "path": "/data/a.tar", "first": 0, "count": 32}],
 "learned": [{"file": 0, "path": "a.tar", "factor": 1}],
 "learned_homes": [{"file": 0, "path": "a.tar", "host": "a"}],
 "ranks": [{"rank": 1, "host": "", "share": 0, "state": "finished", "samples": 0, "cost": 0, "steps": 0,
            "leases": 0, "trims": 0, "busy_s": 0, "data_s": 0, "comm_s": 0, "paused_s": 0, "starting_s": 0,
            "coordinator_s": 0, "uneven_s": 0, "undivided_s": 0, "untold_steps": 0, "times_last": 0,
            "step_samples": 0, "last_end_s": 0, "speed": 0, "speed_noise": 0, "failed_steps": 0,
            "compute_s": 0, "local_time": "told", "last": 0}],
 "nodes": [{"host": "", "ranks": 0, "cost": 0, "share": 0, "speed": 0, "compute_s": 0, "uneven_s": 0}],
 "events": [{"t": 0, "rank": 1, "kind": "slower|faster|lost|fenced|checkpoint", "detail": ""}]})json");
}

TEST(JsonReport, HasTheDocumentedMembersInOrder) {
  BalanceReport report = three_workers();
  report.events = {{instant_at(1), Rank(1), EventKind::slower, 2, 1}};
  report.set_aside = {{pass_of(0), "/data/a.tar", 0, 32}};
  report.learned = {{17, "b.tar", 20}};
  report.prior = {2, 0.5};
  report.learned_homes = {{17, "b.tar", "node-1"}};
  const Json json = json_of(report);
  const Json format = documented();
  EXPECT_EQ(names(json), names(format));
  for (const char* object : {"dataset", "prior", "baseline", "step_ms"}) {
    EXPECT_EQ(names(json[object]), names(format[object])) << object;
  }
  for (const char* list : {"set_aside", "learned", "learned_homes", "ranks", "nodes", "events"}) {
    EXPECT_EQ(names(json[list][0]), names(format[list][0])) << list;
  }
}

TEST(JsonReport, CarriesTheModel) {
  BalanceReport report = three_workers();
  report.complete = false;
  report.job.redone_samples = 96;
  report.job.wasted_samples = 64;
  report.events_left_out = 7;
  lose(report.ranks[1], 20);
  report.ranks[1].state = WorkerState::left;
  report.ranks[2].state = WorkerState::working;
  const Json json = json_of(report);
  EXPECT_EQ(json["schema"], "evenkeel.report/1");
  EXPECT_EQ(json["mode"], "lease");
  EXPECT_EQ(json["policy"], "adaptive");
  EXPECT_EQ(json["complete"], false);
  EXPECT_EQ(json["dataset"], Json::parse(R"({"name":"imagenet","files":10,"shards":10,
                                             "samples":10000,"cost":10000.0,
                                             "cost_unit":"samples"})"));
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["steps"], 938);
  EXPECT_EQ(json["makespan_s"], 60.0);
  EXPECT_EQ(json["bound_s"], 59.7);
  EXPECT_EQ(json["ratio"], 60 / 59.7) << "doubles round-trip";
  EXPECT_EQ(json["imbalance"], 0.0033);
  EXPECT_EQ(json["messages"], 540);
  EXPECT_TRUE(json["coordinator_busy"].is_null());
  EXPECT_EQ(json["leases"], 36);
  EXPECT_EQ(json["trims"], 3);
  EXPECT_EQ(json["plans"], 0);
  EXPECT_EQ(json["redone_samples"], 96);
  EXPECT_EQ(json["wasted_samples"], 64);
  EXPECT_EQ(json["dropped_samples"], 0);
  EXPECT_EQ(json["set_aside"], Json::array());
  EXPECT_EQ(json["events_left_out"], 7);
  EXPECT_EQ(json["lost_ranks"], Json::parse("[2]"));
  EXPECT_EQ(json["baseline"], Json::parse(R"({"step_ms":null,"source":null})"));
  EXPECT_EQ(json["step_ms"], Json::parse(R"({"median":null,"p95":null,"bound":null})"));
  EXPECT_EQ(json["ranks"].size(), 3U);
  EXPECT_EQ(json["ranks"][0], Json::parse(R"({"rank":1,"host":"gpu-a","share":0.5,
      "state":"finished","samples":15000,"cost":15000.0,"steps":468,"leases":12,"trims":1,
      "busy_s":59.5,"data_s":0,"comm_s":0,"paused_s":0,"starting_s":0,"coordinator_s":0.5,"uneven_s":0.0,
      "undivided_s":0,"untold_steps":0,"times_last":0,"step_samples":0,"last_end_s":60,
      "speed":250.0,"speed_noise":0.02,"failed_steps":0,"compute_s":59.5,
      "local_time":null,"last":0})"));
  EXPECT_EQ(json["ranks"][1]["state"], "left");
  EXPECT_EQ(json["ranks"][2]["state"], "working");
  EXPECT_EQ(json["nodes"][1], Json::parse(R"({"host":"old-0","ranks":1,"cost":3000.0,"share":0.1,
      "speed":50.0,"compute_s":59.3,"uneven_s":0.2})"));
  EXPECT_EQ(json["events"], Json::array());
}

TEST(JsonReport, HasTheShareOfTimeInWhichRankZeroIsBusyIfThatIsKnown) {
  BalanceReport report = three_workers();
  report.coordinator_busy = 0.07;
  EXPECT_EQ(json_of(report)["coordinator_busy"], 0.07);
}

TEST(JsonReport, HasWhatStepModeMeasures) {
  const Json json = json_of(six_workers_in_step_mode());
  EXPECT_EQ(json["mode"], "step");
  EXPECT_EQ(json["plans"], 1'300);
  EXPECT_EQ(json["baseline"], Json::parse(R"({"step_ms":720.0,"source":"measured"})"));
  EXPECT_EQ(json["step_ms"], Json::parse(R"({"median":272.0,"p95":291.0,"bound":266.0})"));
  EXPECT_EQ(json["ranks"][3]["data_s"], 42.0);
  EXPECT_EQ(json["ranks"][3]["comm_s"], 28.0);
  EXPECT_EQ(json["ranks"][3]["last"], 0.04);
  EXPECT_EQ(json["events"][0]["detail"],
            "125 -> 62 samples/s; re-planned in 14 steps; cost 3.00 s");
}

TEST(JsonReport, HasNoLimitThatTheStepContradicts) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->median_s = 0.2606;
  EXPECT_TRUE(json_of(report)["step_ms"]["bound"].is_null());
  report.step->median_s = 0.2607;
  EXPECT_EQ(json_of(report)["step_ms"]["bound"], 266.0);
}

TEST(JsonReport, TellsWhoHasToldItsLocalWork) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->untold_steps = 40;
  report.ranks[1].local_time = LocalTime::told_in_part;
  report.ranks[1].undivided = std::chrono::seconds(3);
  const Json json = json_of(report);
  EXPECT_EQ(json["untold_steps"], 40);
  EXPECT_EQ(json["ranks"][0]["local_time"], "told");
  EXPECT_EQ(json["ranks"][1]["local_time"], "told in part");
  EXPECT_EQ(json["ranks"][1]["undivided_s"], 3.0);
  EXPECT_EQ(json["ranks"][1]["compute_s"], 658.0);
  EXPECT_EQ(json["step_ms"]["bound"], 266.0) << "of the other steps";
}

TEST(JsonReport, HasNullIfWaitingCannotBeToldFromWork) {
  const Json json = json_of(untold_step_mode());
  for (const char* const figure : {"bound_s", "ratio", "imbalance"}) {
    EXPECT_TRUE(json[figure].is_null()) << figure;
  }
  EXPECT_EQ(json["step_ms"], Json::parse(R"({"median":720.0,"p95":730.0,"bound":null})"));
  const Json& rank = json["ranks"][3];
  EXPECT_EQ(rank["local_time"], "not told");
  EXPECT_EQ(rank["undivided_s"], 651.0);
  EXPECT_EQ(rank["data_s"], 42.0);
  for (const char* const figure :
       {"speed", "speed_noise", "compute_s", "uneven_s", "comm_s", "last"}) {
    EXPECT_TRUE(rank[figure].is_null()) << figure;
  }
  for (const char* const figure : {"speed", "compute_s", "uneven_s"}) {
    EXPECT_TRUE(json["nodes"][0][figure].is_null()) << figure;
  }
}

// The sum of the ranks that tell it would pass for the speed of them all.
TEST(JsonReport, HasNoSpeedOfANodeWhoseRanksDoNotAllTellTheirWork) {
  BalanceReport report = three_workers();
  report.ranks[0].local_time = LocalTime::not_told;
  report.nodes[0].speed = report.ranks[1].speed;
  report.nodes[0].all_told = false;
  const Json json = json_of(report);
  EXPECT_TRUE(json["nodes"][0]["speed"].is_null());
  EXPECT_TRUE(json["nodes"][0]["compute_s"].is_null());
  EXPECT_EQ(json["nodes"][1]["speed"], 50.0);
}

TEST(JsonReport, HasTheWorkOfThoseThatTellIt) {
  BalanceReport report = untold_step_mode();
  report.ranks[0].local_time = LocalTime::told;
  report.ranks[0].busy = std::chrono::seconds(200);
  report.nodes[0].all_told = true;
  report.nodes[0].speed = 1'500;
  const Json json = json_of(report);
  EXPECT_EQ(json["ranks"][0]["compute_s"], 200.0);
  EXPECT_TRUE(json["ranks"][0]["uneven_s"].is_null()) << "nobody knows whom it waited for";
  EXPECT_FALSE(json["nodes"][0]["compute_s"].is_null());
  EXPECT_EQ(json["nodes"][0]["speed"], 1'500);
}

TEST(JsonReport, DescribesEvents) {
  BalanceReport report = three_workers();
  report.description.cost_unit = "bytes";
  report.events = {{instant_at(12.4), Rank(3), EventKind::slower, 125e6, 62.5e6},
                   {instant_at(13), Rank(3), EventKind::faster, 62.5e6, 125e6},
                   {instant_at(14), Rank(2), EventKind::lost, 0, 0, 1'512},
                   {instant_at(15), Rank(2), EventKind::fenced, 0, 0, 96},
                   {instant_at(16), Rank(1), EventKind::copied, 0, 0, 32}};
  report.events.back().holder = Rank(3);
  EXPECT_EQ(json_of(report)["events"], Json::parse(R"([
      {"t": 12.4, "rank": 3, "kind": "slower", "detail": "125 -> 62.5 MB/s"},
      {"t": 13.0, "rank": 3, "kind": "faster", "detail": "62.5 -> 125 MB/s"},
      {"t": 14.0, "rank": 2, "kind": "lost", "detail": "1,512 samples taken back"},
      {"t": 15.0, "rank": 2, "kind": "fenced", "detail": "96 samples wasted so far"},
      {"t": 16.0, "rank": 1, "kind": "copied", "detail": "32 samples of rank 3, which is late"}])"));
}

TEST(JsonReport, HasNullForWhatIsNotFinite) {
  BalanceReport report = three_workers();
  report.bound_s = std::numeric_limits<double>::infinity();
  report.ranks[0].speed = std::numeric_limits<double>::quiet_NaN();
  const Json json = json_of(report);
  EXPECT_TRUE(json["bound_s"].is_null());
  EXPECT_TRUE(json["ranks"][0]["speed"].is_null());
}

TEST(JsonReport, HasNullForTheLimitOfWhatWasTooShortToJudge) {
  BalanceReport report = six_workers_in_step_mode();
  report.bound_s = 650;
  report.ratio = 1.1;
  EXPECT_EQ(json_of(report)["bound_s"], 650);
  report.judged = false;
  const Json json = json_of(report);
  EXPECT_TRUE(json["bound_s"].is_null());
  EXPECT_TRUE(json["ratio"].is_null());
  EXPECT_TRUE(json["step_ms"]["bound"].is_null());
  EXPECT_EQ(json["step_ms"]["median"], 272);
}

TEST(JsonReport, IsValidWhateverTheNames) {
  BalanceReport report = three_workers();
  report.description.dataset_name = "quote\" \\ \n \xff";
  report.ranks[0].host = "\xe6\xbc";
  const Json json = json_of(report);
  EXPECT_EQ(json["dataset"]["name"], "quote\" \\ \n \xef\xbf\xbd");
  EXPECT_EQ(json["ranks"][0]["host"], "\xef\xbf\xbd");
}

TEST(JsonReport, HasOneMemberOrElementPerLine) {
  const std::string text = text_of(three_workers());
  EXPECT_NE(text.find("{\n  \"schema\": \"evenkeel.report/1\",\n  \"mode\": \"lease\",\n"),
            std::string::npos);
  EXPECT_NE(text.find("\n  \"ranks\": [\n    {\"rank\":1,"), std::string::npos);
  EXPECT_NE(text.find("},\n    {\"rank\":2,"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n  ],\n  \"events\": []\n}\n"));
}

}  // namespace
}  // namespace evenkeel

#include "report/read_speeds.h"

#include <gtest/gtest.h>

#include <fstream>

#include "evenkeel/error.h"
#include "report/example_report.h"
#include "report/report_file.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using testing::ScratchFolder;
using testing::three_workers;

// What is wrong with a file of this text, after its name.
std::string fault_of(const std::string& text) {
  const ScratchFolder folder;
  const std::string path = folder.file("old.json");
  std::ofstream(path) << text;
  try {
    read_speeds(path);
  } catch (const UserError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find(path + ": "), 0U) << what;
    return what.substr(path.size() + 2);
  }
  return "";
}

TEST(ReadSpeeds, RefusesWhatIsNoReport) {
  constexpr const char* fault =
      "is no balance report; give a balance report that --report has written as .json";
  for (const char* const text : {"", "{", "[]", "{}", R"({"schema": 1, "ranks": []})"}) {
    EXPECT_EQ(fault_of(text), fault) << text;
  }
}

TEST(ReadSpeeds, RefusesRanksWithoutHostOrSpeed) {
  constexpr const char* fault =
      "/ranks/0 has no host and speed; give a balance report that --report has written as .json";
  for (const char* const rank : {"1", R"({"speed": 1})", R"({"host": "a", "speed": "1"})",
                                 R"({"host": "a", "speed": -1})"}) {
    EXPECT_EQ(fault_of(R"({"schema": "evenkeel.report/1", "ranks": [)" + std::string(rank) + "]}"),
              fault)
        << rank;
  }
}

TEST(ReadSpeeds, RefusesAReportWithoutSpeeds) {
  constexpr const char* fault =
      "no rank has a speed in this report; give one of a job that has done more";
  EXPECT_EQ(fault_of(R"({"schema": "evenkeel.report/1", "ranks": []})"), fault);
  EXPECT_EQ(fault_of(R"({"schema": "evenkeel.report/1", "ranks": [{"host": "a", "speed": 0},
                         {"host": "a", "speed": null}]})"),
            fault);
}

TEST(ReadSpeeds, ReadsWhatAReportWrites) {
  const ScratchFolder folder;
  const BalanceReport report = three_workers();
  write_report_file(report, folder.file("r.json"));
  const std::vector<KnownSpeed> speeds = read_speeds(folder.file("r.json"));
  ASSERT_EQ(speeds.size(), report.ranks.size());
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    EXPECT_EQ(speeds[i].host, report.ranks[i].host);
    EXPECT_EQ(speeds[i].speed, report.ranks[i].speed);
  }
}

}  // namespace
}  // namespace evenkeel

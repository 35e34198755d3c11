#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

#include "example_report.h"

namespace evenkeel {
namespace {

using testing::three_workers;

constexpr const char* header =
    "rank,host,state,samples,cost,share,speed,speed_noise,steps,compute_s,data_s,uneven_s,comm_s,"
    "coordinator_s,paused_s,undivided_s,local_time,last,leases,trims,failed_steps,makespan_s,bound_"
    "s,ratio,set_aside_"
    "samples\n";

std::string csv_of(const BalanceReport& report) {
  std::ostringstream out;
  write_csv(report, out);
  return std::move(out).str();
}

TEST(CsvReport, HasARowARank) {
  BalanceReport report = three_workers();
  report.ranks.resize(2);
  report.bound_s = 48;
  report.ratio = 1.25;
  EXPECT_EQ(csv_of(report),
            std::string(header) +
                "1,gpu-a,finished,15000,15000.0,0.5,250.0,0.02,468,59.5,0.0,0.0,0.0,"
                "0.5,0.0,0.0,,0.0,12,1,0,60.0,48.0,1.25,0\n"
                "2,gpu-a,finished,12000,12000.0,0.4,200.0,0.02,375,59.1,0.0,"
                "0.3999999999999986,0.0,0.5,0.0,0.0,,0.0,12,1,0,60.0,48.0,1.25,0\n");
}

TEST(CsvReport, HasAHeaderWithoutRanks) { EXPECT_EQ(csv_of(BalanceReport{}), header); }

TEST(CsvReport, QuotesWhatNeedsIt) {
  BalanceReport report = three_workers();
  report.ranks[0].host = "a \"b\", c";
  report.ranks[1].host = "two\nlines";
  const std::string text = csv_of(report);
  EXPECT_NE(text.find("\n1,\"a \"\"b\"\", c\",finished"), std::string::npos);
  EXPECT_NE(text.find("\n2,\"two\nlines\",finished"), std::string::npos);
}

TEST(CsvReport, LeavesTheCellsEmptyThatWaitingIsPartOf) {
  BalanceReport report = testing::untold_step_mode();
  report.ranks.resize(1);
  report.ranks[0].samples = report.ranks[0].steps = 7;
  EXPECT_EQ(csv_of(report), std::string(header) +
                                "1,gpu-a,finished,7,0.0,0.234,,,7,,0.0,,,0.0,0.0,693.0,not told,,0,"
                                "0,0,700.0,,,0\n");
}

TEST(CsvReport, LeavesTheCellOfAnUnknownNumberEmpty) {
  BalanceReport report;
  report.ranks.resize(1);
  report.ranks[0].speed = std::numeric_limits<double>::infinity();
  EXPECT_NE(csv_of(report).find("0.0,0.0,,0.0,0"), std::string::npos);
  report.bound_s = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(csv_of(report).ends_with(",0.0,,0.0,0\n"));
  report.bound_s = 1;
  report.judged = false;
  EXPECT_TRUE(csv_of(report).ends_with(",0.0,,,0\n"));
}

}  // namespace
}  // namespace evenkeel

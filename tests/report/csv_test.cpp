#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

#include "example_report.h"
#include "report/report_file.h"

namespace evenkeel {
namespace {

using testing::three_workers;

constexpr const char* header =
    "rank,host,share,state,samples,cost,steps,leases,trims,busy_s,data_s,comm_s,paused_s,"
    "starting_s,coordinator_s,uneven_s,undivided_s,untold_steps,times_last,step_samples,last_end_s,"
    "speed,"
    "speed_noise,failed_steps,compute_s,local_time,last,makespan_s,bound_s,ratio,"
    "set_aside_samples\n";

std::string csv_of(const BalanceReport& report) {
  std::ostringstream out;
  write_csv(report, out);
  return std::move(out).str();
}

TEST(CsvReport, HasARowPerRank) {
  BalanceReport report = three_workers();
  report.ranks.resize(2);
  report.bound_s = 48;
  report.ratio = 1.25;
  EXPECT_EQ(
      csv_of(report),
      std::string(header) +
          "1,gpu-a,0.5,finished,15000,15000.0,468,12,1,59.5,0.0,0.0,0.0,0.0,0.5,0.0,0.0,0,0,0,"
          "60.0,250.0,0.02,0,59.5,,0.0,60.0,48.0,1.25,0\n"
          "2,gpu-a,0.4,finished,12000,12000.0,375,12,1,59.1,0.0,0.0,0.0,0.0,0.5,0.4,0.0,0,0,0,"
          "59.6,200.0,0.02,0,59.1,,0.0,60.0,48.0,1.25,0\n");
}

TEST(CsvReport, HasAHeaderWithoutRanks) { EXPECT_EQ(csv_of(BalanceReport{}), header); }

TEST(CsvReport, QuotesWhatNeedsIt) {
  BalanceReport report = three_workers();
  report.ranks[0].host = "a \"b\", c";
  report.ranks[1].host = "two\nlines\x1b[31m";
  report.ranks[2].host = "=1+1";
  const std::string text = csv_of(report);
  EXPECT_NE(text.find("\n3,'=1+1,"), std::string::npos);
  EXPECT_NE(text.find("\n1,\"a \"\"b\"\", c\",0.5,finished"), std::string::npos);
  EXPECT_NE(text.find("\n2,two\\x0alines\\x1b[31m,0.4,finished"), std::string::npos);
}

TEST(CsvReport, LeavesCellsEmptyIfWaitingCannotBeToldFromWork) {
  BalanceReport report = testing::untold_step_mode();
  report.ranks.resize(1);
  report.ranks[0].samples = report.ranks[0].steps = 7;
  EXPECT_EQ(csv_of(report),
            std::string(header) +
                "1,gpu-a,0.234,finished,7,0.0,7,0,0,,0.0,,0.0,0.0,0.0,,693.0,0,0,120,0.0,,,0,,"
                "not told,,700.0,,,0\n");
}

TEST(CsvReport, LeavesTheCellOfAnUnknownNumberEmpty) {
  BalanceReport report;
  report.ranks.resize(1);
  report.ranks[0].speed = std::numeric_limits<double>::infinity();
  EXPECT_NE(csv_of(report).find(",0.0,,0.0,0,"), std::string::npos);
  report.bound_s = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(csv_of(report).ends_with(",0.0,,0.0,0\n"));
  report.bound_s = 1;
  report.judged = false;
  EXPECT_TRUE(csv_of(report).ends_with(",0.0,,,0\n"));
}

}  // namespace
}  // namespace evenkeel

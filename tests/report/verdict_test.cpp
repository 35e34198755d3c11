#include "report/verdict.h"

#include <gtest/gtest.h>

#include "report/example_report.h"

namespace evenkeel {
namespace {

TEST(Verdict, IsAWordIfNothingWentWrong) {
  EXPECT_EQ(verdict(testing::three_workers()), "COMPLETE");
}

TEST(Verdict, NamesThoseLostOnTheWay) {
  BalanceReport report = testing::three_workers();
  report.ranks[1].state = WorkerState::left;
  EXPECT_EQ(verdict(report), "COMPLETE   lost: rank 2");
}

TEST(Verdict, CountsWhatIsUndone) {
  BalanceReport report = testing::three_workers();
  report.complete = false;
  report.job.samples_done = 28'000;
  for (RankReport& rank : report.ranks) rank.state = WorkerState::lost;
  EXPECT_EQ(verdict(report), "NOT COMPLETE: 2,000 samples undone   lost: ranks 1-3");
}

}  // namespace
}  // namespace evenkeel

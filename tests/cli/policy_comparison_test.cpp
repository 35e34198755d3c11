#include "policy_comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace evenkeel {
namespace {

PolicyRuns runs_of(const std::vector<double>& makespans_s, const char* name = "one") {
  PolicyRuns runs{name, {}};
  for (const double makespan_s : makespans_s) {
    BalanceReport& report = runs.reports.emplace_back();
    report.complete = true;
    report.makespan_s = makespan_s;
  }
  return runs;
}

Standing standing_of(const std::vector<double>& makespans_s, const std::vector<double>& others_s) {
  return compare(runs_of(makespans_s), runs_of(others_s)).standing;
}

TEST(PolicyComparison, IsOfRunsWithTheSameSeed) {
  const std::vector<double> others_s{10, 20, 30, 40, 50};  // far apart
  const std::vector<double> longer_s{10.1, 20.22, 30.3, 40.41, 50.49};
  EXPECT_EQ(standing_of(longer_s, others_s), Standing::worse);
  EXPECT_EQ(standing_of(others_s, longer_s), Standing::better);
  EXPECT_NEAR(compare(runs_of(longer_s), runs_of(others_s)).ratio, 1.0103, 0.0001);
}

TEST(PolicyComparison, CountsNoDifferenceOfHalfAPercent) {
  EXPECT_EQ(standing_of({10.049, 10.049, 10.049, 10.049, 10.049}, {10, 10, 10, 10, 10}),
            Standing::like);
  EXPECT_EQ(standing_of({10.051, 10.051, 10.051, 10.051, 10.051}, {10, 10, 10, 10, 10}),
            Standing::worse);
}

// The differences have mean 2 and standard error 1: less than 2.776 of those.
TEST(PolicyComparison, CountsNoDifferenceThatMayBeChance) {
  EXPECT_EQ(standing_of({102, 99.5, 104.7, 101.2, 102.9}, {100, 100, 100, 100, 100}),
            Standing::like);
  EXPECT_EQ(standing_of({102, 100.5, 104, 101.2, 102.9}, {100, 100, 100, 100, 100}),
            Standing::worse);
}

TEST(PolicyComparison, IsUnknownIfARunIsNotComplete) {
  PolicyRuns runs = runs_of({1, 1, 1, 1, 1});
  runs.reports[3].complete = false;
  EXPECT_EQ(compare(runs, runs_of({2, 2, 2, 2, 2})).standing, Standing::unknown);
  EXPECT_EQ(compare(runs_of({2, 2, 2, 2, 2}), runs).standing, Standing::unknown);
}

TEST(PolicyComparison, IsWrittenAsJson) {
  const std::vector<PolicyRuns> policies{runs_of({10, 10, 10, 10, 10}, "adaptive"),
                                         runs_of({11, 11, 11, 11, 11}, "self")};
  const auto json = nlohmann::json::parse(comparison_json(policies, policies[0], 7));
  EXPECT_EQ(json["schema"], "evenkeel.comparison/1");
  EXPECT_EQ(json["vs"], "adaptive");
  EXPECT_EQ(json["first_seed"], 7);
  EXPECT_EQ(json["runs"], 5);
  EXPECT_EQ(json["policies"][1]["policy"], "self");
  EXPECT_EQ(json["policies"][1]["standing"], "worse");
  EXPECT_NEAR(json["policies"][1]["ratio"].get<double>(), 1.1, 1e-12);
  EXPECT_EQ(json["policies"][1]["makespan_s"].size(), 5U);
}

}  // namespace
}  // namespace evenkeel

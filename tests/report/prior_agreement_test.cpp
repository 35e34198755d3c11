#include "report/prior_agreement.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

PolicyOptions adaptive_with(const std::vector<double>& speeds) {
  PolicyOptions policy;
  for (const double speed : speeds) policy.weights.push_back(speed);
  return policy;
}

std::vector<WorkerRecord> measured(const std::vector<double>& speeds) {
  std::vector<WorkerRecord> workers(speeds.size());
  for (std::size_t i = 0; i < speeds.size(); ++i) workers[i].speed = speeds[i];
  return workers;
}

TEST(PriorAgreement, IsFullIfRatiosAreRight) {
  const auto prior = prior_agreement(adaptive_with({1, 2, 4}), measured({30, 60, 120}));
  ASSERT_TRUE(prior);
  EXPECT_EQ(prior->ranks, 3);
  EXPECT_DOUBLE_EQ(prior->agreement, 1);
}

TEST(PriorAgreement, IsNoneIfTheSlowAreFast) {
  const auto prior = prior_agreement(adaptive_with({1, 2, 4}), measured({120, 60, 30}));
  ASSERT_TRUE(prior);
  EXPECT_EQ(prior->agreement, 0);
}

TEST(PriorAgreement, CountsMeasuredWorkersAlone) {
  const auto prior = prior_agreement(adaptive_with({1, 2, 4}), measured({0, 60, 120}));
  ASSERT_TRUE(prior);
  EXPECT_EQ(prior->ranks, 2);
  EXPECT_DOUBLE_EQ(prior->agreement, 1);
}

TEST(PriorAgreement, NeedsTwoMeasuredWorkers) {
  EXPECT_FALSE(prior_agreement(adaptive_with({1, 2}), measured({0, 60})));
}

TEST(PriorAgreement, IsOfPriorsAlone) {
  EXPECT_FALSE(prior_agreement({}, measured({30, 60})));
  PolicyOptions rule = adaptive_with({1, 2});
  rule.kind = PolicyKind::weighted;
  EXPECT_FALSE(prior_agreement(rule, measured({30, 60})));
}

}  // namespace
}  // namespace evenkeel

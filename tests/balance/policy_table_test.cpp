#include "balance/policy_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "balance/policy.h"

namespace evenkeel {
namespace {

TEST(PolicyTable, NamesEveryPolicy) {
  const auto names = value_names<PolicyKind>();
  EXPECT_EQ(std::set(names.begin(), names.end()),
            (std::set<std::string_view>{"adaptive", "af", "awf-b", "awf-c", "fac2", "gss", "load",
                                        "observe", "performance", "random", "round-robin", "self",
                                        "static", "tss", "weighted", "wf"}));
  EXPECT_EQ(value_named<PolicyKind>("adaptve"), std::nullopt);
}

TEST(PolicyTable, ListsTheUsualPolicyFirst) {
  EXPECT_EQ(all_values<PolicyKind>().front(), JobOptions().policy);
}

TEST(PolicyTable, MakesEveryPolicy) {
  const Cluster cluster(2, {1000, 1000, 10}, 0);
  std::set<PolicyKind> kinds;
  for (const PolicyEntry& entry : policy_table()) {
    SCOPED_TRACE(entry.name);
    EXPECT_EQ(value_named<PolicyKind>(name_of(entry.kind)), entry.kind);
    EXPECT_NE(make_policy({entry.kind, {}, 0}, cluster), nullptr);
    kinds.insert(entry.kind);
  }
  EXPECT_EQ(kinds.size(), policy_table().size());
}

TEST(PolicyTable, KnowsThePoliciesOfEachMode) {
  EXPECT_EQ(policies_of(Mode::lease).size(), policy_table().size());
  using enum PolicyKind;
  EXPECT_EQ(policies_of(Mode::step),
            (std::vector{adaptive, performance, weighted, static_split, observe}));
  EXPECT_EQ(entry_of(static_split).step_rule, StepRule::equal);
  EXPECT_EQ(entry_of(observe).step_rule, StepRule::equal);
}

}  // namespace
}  // namespace evenkeel

#include "balance/policy_options.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace evenkeel {
namespace {

TEST(PolicyName, LeadsBackToItsPolicy) {
  std::set<std::string_view> names;
  for (const PolicyKind kind : all_policies()) {
    EXPECT_EQ(policy_named(policy_name(kind)), kind);
    names.insert(policy_name(kind));
  }
  EXPECT_EQ(names,
            (std::set<std::string_view>{"adaptive", "af", "awf-b", "awf-c", "fac2", "gss", "load",
                                        "observe", "performance", "random", "round-robin", "self",
                                        "static", "tss", "weighted", "wf"}));
}

TEST(PolicyName, IsUnknownOtherwise) {
  EXPECT_EQ(policy_named("adaptve"), std::nullopt);
  EXPECT_EQ(policy_named(""), std::nullopt);
}

TEST(PolicyName, IsListedWithTheDefaultFirst) {
  EXPECT_EQ(all_policies().size(), 16u);
  EXPECT_EQ(all_policies().front(), PolicyOptions().kind);
}

}  // namespace
}  // namespace evenkeel

#include "job/option_list.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "core/option_values.h"

namespace evenkeel {
namespace {

TEST(OptionList, NamesEachOptionAndFieldOnce) {
  JobOptions options;
  std::set<std::string_view> names;
  std::set<const void*> fields;
  visit_options(options, [&](const OptionInfo& info, const auto& field) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(fields.insert(&field).second) << info.name;
    EXPECT_TRUE(info.text.size() > 8 || info.name == "policy") << info.name;
  });
  // All of JobOptions, but for the mode, which has no group, and what a program alone decides.
  EXPECT_EQ(names.size(), 37U);
  EXPECT_FALSE(fields.contains(&options.mode));
  EXPECT_FALSE(fields.contains(&options.host));
}

TEST(OptionList, KeepsGroupsTogether) {
  std::set<OptionGroup> seen;
  std::string_view last;
  JobOptions options;
  visit_options(options, [&](const OptionInfo& info, const auto& /*field*/) {
    if (heading(info.group) == last) return;
    last = heading(info.group);
    EXPECT_TRUE(seen.insert(info.group).second) << info.name;
  });
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(mode_of(OptionGroup::step_mode), Mode::step);
  EXPECT_EQ(mode_of(OptionGroup::lease_mode), Mode::lease);
  EXPECT_EQ(mode_of(OptionGroup::data), std::nullopt);
}

}  // namespace
}  // namespace evenkeel

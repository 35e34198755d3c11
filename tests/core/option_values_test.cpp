#include "core/option_values.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace evenkeel {
namespace {

template <typename Option>
class EveryOption : public testing::Test {};

using Options = testing::Types<Mode, Shuffle, PredictorKind, LastBatch, Partition>;
TYPED_TEST_SUITE(EveryOption, Options);

TYPED_TEST(EveryOption, HasANameForEachValue) {
  std::set<std::string_view> names;
  for (const TypeParam value : all_values<TypeParam>()) {
    EXPECT_EQ(value_named<TypeParam>(name_of(value)), value);
    names.insert(name_of(value));
  }
  EXPECT_EQ(names.size(), all_values<TypeParam>().size());
  EXPECT_EQ(names.size(), value_names<TypeParam>().size());
  EXPECT_EQ(value_named<TypeParam>("trendd"), std::nullopt);
  EXPECT_EQ(value_named<TypeParam>(""), std::nullopt);
}

TEST(OptionValues, HaveTheirNames) {
  EXPECT_EQ(name_of(Mode::step), "step");
  EXPECT_EQ(value_named<Shuffle>("block"), Shuffle::block);
  EXPECT_EQ(value_named<PredictorKind>("trend"), PredictorKind::trend);
  EXPECT_EQ(name_of(LastBatch::drop), "drop");
  EXPECT_EQ(name_of(Partition::cost), "cost");
}

}  // namespace
}  // namespace evenkeel

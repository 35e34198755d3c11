#include "core/suggestion.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace evenkeel {
namespace {

constexpr std::array<std::string_view, 4> known = {"path", "samples", "bytes", "round-robin"};

TEST(Suggestion, IsTheNearestName) {
  EXPECT_EQ(nearest_name("sample", known), "samples");
  EXPECT_EQ(nearest_name("smaples", known), "samples");
  EXPECT_EQ(nearest_name("pat", known), "path");
  EXPECT_EQ(nearest_name("bytes", known), "bytes");
}

TEST(Suggestion, AllowsMoreErrorsInALongerWord) {
  EXPECT_EQ(nearest_name("roundrobbin", known), "round-robin");
  EXPECT_EQ(nearest_name("rund robbin", known), "round-robin");
}

TEST(Suggestion, IsNoneIfAllAreFarAway) {
  EXPECT_EQ(nearest_name("checksum", known), std::nullopt);
  EXPECT_EQ(nearest_name("b", known), std::nullopt);
  EXPECT_EQ(nearest_name("sample", {}), std::nullopt);
}

TEST(Suggestion, FallsBackToTheGivenText) {
  EXPECT_EQ(suggestion("sample", known, "see the guide"), "did you mean 'samples'?");
  EXPECT_EQ(suggestion("checksum", known, "see the guide"), "see the guide");
}

TEST(Suggestion, OfEquallyNearBeginsMoreAlike) {
  EXPECT_EQ(nearest_name("host", std::array<std::string_view, 2>{"cost", "hosts"}), "hosts");
}

TEST(Suggestion, IsNoneForAnOverlongWord) {
  EXPECT_EQ(
      nearest_name(std::string(65, 'a'),
                   std::array<std::string_view, 1>{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                                   "aaaaaaaaaaaaaaaaa"}),
      std::nullopt);
}

TEST(Suggestion, IsTheFirstOfEquallyNear) {
  EXPECT_EQ(nearest_name("cat", std::array<std::string_view, 2>{"bat", "hat"}), "bat");
}

}  // namespace
}  // namespace evenkeel

#include "coordinator/desertion.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(Desertion, IsFinalAfterAMinute) {
  Desertion desertion;
  EXPECT_FALSE(desertion.is_final(Instant(1000s)));
  desertion.look(true, Instant(200s));
  desertion.look(true, Instant(250s));
  EXPECT_FALSE(desertion.is_final(Instant(260s - 1ns)));
  EXPECT_TRUE(desertion.is_final(Instant(260s)));
}

TEST(Desertion, BeginsAnewAfterSomebodyWasThere) {
  Desertion desertion;
  desertion.look(true, Instant(0s));
  desertion.look(false, Instant(59s));
  EXPECT_FALSE(desertion.is_final(Instant(1000s)));
  desertion.look(true, Instant(61s));
  EXPECT_FALSE(desertion.is_final(Instant(120s)));
  EXPECT_TRUE(desertion.is_final(Instant(121s)));
}

}  // namespace
}  // namespace evenkeel

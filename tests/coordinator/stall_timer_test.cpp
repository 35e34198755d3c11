#include "coordinator/stall_timer.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(StallTimer, IsFinalAfterAMinute) {
  StallTimer stall_timer;
  EXPECT_FALSE(stall_timer.is_final(Instant(1000s)));
  stall_timer.look(true, Instant(200s));
  stall_timer.look(true, Instant(250s));
  EXPECT_FALSE(stall_timer.is_final(Instant(260s - 1ns)));
  EXPECT_TRUE(stall_timer.is_final(Instant(260s)));
}

TEST(StallTimer, BeginsAnewAfterSomebodyWasThere) {
  StallTimer stall_timer;
  stall_timer.look(true, Instant(0s));
  stall_timer.look(false, Instant(59s));
  EXPECT_FALSE(stall_timer.is_final(Instant(1000s)));
  stall_timer.look(true, Instant(61s));
  EXPECT_FALSE(stall_timer.is_final(Instant(120s)));
  EXPECT_TRUE(stall_timer.is_final(Instant(121s)));
}

}  // namespace
}  // namespace evenkeel

#include "coordinator/stall_timer.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

void look_from_to(StallTimer& stall_timer, Duration from, Duration to) {
  for (Duration at = from; at <= to; at += 500ms) stall_timer.look(true, Instant(at));
}

TEST(StallTimer, IsFinalAfterAMinute) {
  StallTimer stall_timer;
  EXPECT_FALSE(stall_timer.is_final(Instant(1000s)));
  look_from_to(stall_timer, 200s, 250s);
  EXPECT_FALSE(stall_timer.is_final(Instant(260s - 1ns)));
  EXPECT_TRUE(stall_timer.is_final(Instant(260s)));
}

// Whoever was suspended together with it has to speak first.
TEST(StallTimer, DoesNotCountWhenItsHostStoodStill) {
  StallTimer stall_timer;
  look_from_to(stall_timer, 200s, 250s);
  look_from_to(stall_timer, 1000s, 1008s);
  EXPECT_FALSE(stall_timer.is_final(Instant(1009s - 1ns)));  // a second of its absence counts
  EXPECT_TRUE(stall_timer.is_final(Instant(1009s)));
}

TEST(StallTimer, IsFinalInAHostThatSeldomLooks) {
  StallTimer stall_timer;
  for (Instant at; at < Instant(1h); at += 30s) stall_timer.look(true, at);
  EXPECT_TRUE(stall_timer.is_final(Instant(1h)));
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

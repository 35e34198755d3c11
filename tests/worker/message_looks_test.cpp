#include "worker/message_looks.h"

#include <gtest/gtest.h>

#include <chrono>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Short steps, one after the other, with a look before each that is due: what share of the time the
// looks take.
double share_of_looks(Duration look, Duration step) {
  MessageLooks looks;
  Instant now;
  Duration looking{};
  while (now < Instant(1s)) {
    if (looks.is_due(true, now)) {
      looks.looked(now, now + look);
      now += look;
      looking += look;
    }
    now += step;
  }
  return to_seconds(looking) / to_seconds(now);
}

TEST(MessageLooks, AreDueAtFirst) { EXPECT_TRUE(MessageLooks().is_due(true, Instant())); }

TEST(MessageLooks, TakeATenthOfTheTimeOfAWorkerThatHasWork) {
  MessageLooks looks;
  looks.looked(Instant(10ms), Instant(11ms));
  EXPECT_FALSE(looks.is_due(true, Instant(20ms - 1ns)));
  EXPECT_TRUE(looks.is_due(true, Instant(20ms)));
  EXPECT_NEAR(share_of_looks(1ms, 10us), 0.1, 0.001);
  EXPECT_NEAR(share_of_looks(5us, 1us), 0.1, 0.01);
}

TEST(MessageLooks, AreNeverMoreThanTwentyMillisecondsApart) {
  MessageLooks looks;
  looks.looked(Instant(0s), Instant(10ms));  // the core was given away
  EXPECT_FALSE(looks.is_due(true, Instant(30ms - 1ns)));
  EXPECT_TRUE(looks.is_due(true, Instant(30ms)));
}

TEST(MessageLooks, AreAlwaysDueWithoutWork) {
  MessageLooks looks;
  looks.looked(Instant(10ms), Instant(11ms));
  EXPECT_TRUE(looks.is_due(false, Instant(11ms)));
}

}  // namespace
}  // namespace evenkeel

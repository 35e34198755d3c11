#include "worker/coordinator_watchdog.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;
using Answer = CoordinatorWatchdog::Answer;

// Looks ten times per second from one moment to another, and tells when it was to call.
std::vector<Duration> calls(CoordinatorWatchdog& watchdog, Duration from, Duration to) {
  std::vector<Duration> result;
  for (Duration at = from; at < to; at += 100ms) {
    const Answer answer = watchdog.look(Instant(at));
    EXPECT_NE(answer, Answer::give_up) << to_seconds(at);
    if (answer == Answer::call) result.push_back(at);
  }
  return result;
}

TEST(CoordinatorWatchdog, GivesUpAfterAMinute) {
  CoordinatorWatchdog watchdog;
  watchdog.end(Instant(10s));
  EXPECT_EQ(calls(watchdog, 10s, 70s), (std::vector<Duration>{25s, 40s, 55s}));
  EXPECT_EQ(watchdog.look(Instant(70s)), Answer::give_up);
}

TEST(CoordinatorWatchdog, ResetsOnAMessage) {
  CoordinatorWatchdog watchdog;
  watchdog.end(Instant(0s));
  calls(watchdog, 0s, 59s);
  watchdog.end(Instant(59s));
  EXPECT_EQ(calls(watchdog, 59s, 119s), (std::vector<Duration>{74s, 89s, 104s}));
}

TEST(CoordinatorWatchdog, AllowsTenMinutesAtFirst) {
  CoordinatorWatchdog watchdog;
  EXPECT_EQ(calls(watchdog, 0s, 600s).size(), 39);
  EXPECT_EQ(watchdog.look(Instant(600s)), Answer::give_up);
}

TEST(CoordinatorWatchdog, IgnoresTimeWithoutLooks) {
  CoordinatorWatchdog watchdog;
  watchdog.end(Instant(0s));
  EXPECT_EQ(watchdog.look(Instant(3600s)), Answer::wait);
  EXPECT_EQ(watchdog.look(Instant(3600s + 13s)), Answer::wait);
  EXPECT_EQ(calls(watchdog, 3613s, 3627s), (std::vector<Duration>{3626s}));
}

}  // namespace
}  // namespace evenkeel

#include "transport/host_clock.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

TEST(HostClock, FollowsTheMachinesClock) {
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  const auto now = HostClock::now().time_since_epoch();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::steady_clock::now().time_since_epoch());
}

TEST(HostClock, SleepsNoShorterThanAsked) {
  const HostClock::time_point begin = HostClock::now();
  HostClock::sleep_for(2ms);
  EXPECT_GE(HostClock::now(), begin + 2ms);
  HostClock::sleep_until(begin + 5ms);
  EXPECT_GE(HostClock::now(), begin + 5ms);
}

TEST(HostClock, ReturnsFromSleepsThatAreOver) {
  HostClock::sleep_for(0ns);
  HostClock::sleep_for(-1s);
  HostClock::sleep_until(HostClock::now() - 1s);
}

}  // namespace
}  // namespace evenkeel

#include "worker/silence.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;
using Answer = Silence::Answer;

// Looks ten times a second from one moment to another, and tells when it was to call.
std::vector<Duration> calls(Silence& silence, Duration from, Duration to) {
  std::vector<Duration> result;
  for (Duration at = from; at < to; at += 100ms) {
    const Answer answer = silence.look(Instant(at));
    EXPECT_NE(answer, Answer::give_up) << to_seconds(at);
    if (answer == Answer::call) result.push_back(at);
  }
  return result;
}

TEST(Silence, OfAMinuteIsFinal) {
  Silence silence;
  silence.end(Instant(10s));
  EXPECT_EQ(calls(silence, 10s, 70s), (std::vector<Duration>{25s, 40s, 55s}));
  EXPECT_EQ(silence.look(Instant(70s)), Answer::give_up);
}

TEST(Silence, EndsWithAWord) {
  Silence silence;
  silence.end(Instant(0s));
  calls(silence, 0s, 59s);
  silence.end(Instant(59s));
  EXPECT_EQ(calls(silence, 59s, 119s), (std::vector<Duration>{74s, 89s, 104s}));
}

TEST(Silence, MayLastTenMinutesAtFirst) {
  Silence silence;
  EXPECT_EQ(calls(silence, 0s, 600s).size(), 39);
  EXPECT_EQ(silence.look(Instant(600s)), Answer::give_up);
}

TEST(Silence, DoesNotCountWhileNobodyListens) {
  Silence silence;
  silence.end(Instant(0s));
  EXPECT_EQ(silence.look(Instant(3600s)), Answer::wait);
  EXPECT_EQ(silence.look(Instant(3600s + 13s)), Answer::wait);
  EXPECT_EQ(calls(silence, 3613s, 3627s), (std::vector<Duration>{3626s}));
}

}  // namespace
}  // namespace evenkeel

// Workers that are made slower.
#include "slowdown.h"

#include <gtest/gtest.h>

#include <string>

#include "evenkeel/error.h"

namespace evenkeel::digits {
namespace {

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

std::string refusal(std::string_view text) {
  try {
    parse_slowdown(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParseSlowdown, ReadsRankFactorAndSteps) {
  EXPECT_EQ(parse_slowdown("4:2"), (Slowdown{4, 2, 0, for_ever}));
  EXPECT_EQ(parse_slowdown("12:2.5"), (Slowdown{12, 2.5, 0, for_ever}));
  EXPECT_EQ(parse_slowdown("4:1@100"), (Slowdown{4, 1, 100, for_ever}));
  EXPECT_EQ(parse_slowdown("4:20@100-199"), (Slowdown{4, 20, 100, 199}));
  EXPECT_EQ(parse_slowdown("4:20@7-7"), (Slowdown{4, 20, 7, 7}));
}

TEST(ParseSlowdown, RefusesAnotherForm) {
  for (const std::string text :
       {"", "4", "4:", ":2", "a:2", "4:b", "4:2x", "4:nan", "4:2@", "4:2@x", "4:2@1-", "4:2@-1",
        "4:2@1--2", "4:2@1-2x", "4:2@1.5", "4 :2", "99999999999:2"}) {
    EXPECT_EQ(refusal(text), "--slow: '" + text +
                                 "' is not RANK:FACTOR[@STEP[-STEP]]; give, for instance, 4:2.5 or "
                                 "4:2.5@100-199");
  }
}

TEST(ParseSlowdown, RefusesAFactorThatIsNoSlowdown) {
  EXPECT_EQ(refusal("4:0.5"), "--slow: '4:0.5' would make it faster; give a factor of at least 1");
  EXPECT_EQ(refusal("4:-3"), "--slow: '4:-3' would make it faster; give a factor of at least 1");
  EXPECT_EQ(refusal("4:inf"), "--slow: '4:inf' is too slow; give a factor of at most 10000");
}

TEST(ParseSlowdown, RefusesARangeThatEndsBeforeItBegins) {
  EXPECT_EQ(refusal("4:2@20-19"),
            "--slow: '4:2@20-19' ends before it begins; give the earlier step first");
}

TEST(CheckSlowdowns, RefusesRanksThatAreNoWorkers) {
  const auto check = [](int rank) { check_slowdowns(std::vector{Slowdown{rank, 2}}, 4); };
  EXPECT_NO_THROW(check(1));
  EXPECT_NO_THROW(check(4));
  EXPECT_THROW(check(0), UserError);
  EXPECT_THROW(check(-1), UserError);
  try {
    check(5);
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "--slow: rank 5 is not a worker; the workers are ranks 1 to 4");
  }
}

TEST(SlowdownFactor, AppliesToItsRankAndSteps) {
  const std::vector slowdowns{Slowdown{2, 3, 10, 19}};
  EXPECT_EQ(slowdown_factor(slowdowns, 2, 9), 1);
  EXPECT_EQ(slowdown_factor(slowdowns, 2, 10), 3);
  EXPECT_EQ(slowdown_factor(slowdowns, 2, 19), 3);
  EXPECT_EQ(slowdown_factor(slowdowns, 2, 20), 1);
  EXPECT_EQ(slowdown_factor(slowdowns, 1, 15), 1);
}

TEST(SlowdownFactor, MultipliesWhereSlowdownsOverlap) {
  const std::vector slowdowns{Slowdown{1, 3}, Slowdown{1, 1.5, 5, 6}};
  EXPECT_EQ(slowdown_factor(slowdowns, 1, 4), 3);
  EXPECT_EQ(slowdown_factor(slowdowns, 1, 5), 4.5);
}

TEST(Repetitions, AreOneWithoutSlowdown) {
  Repetitions repetitions;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(repetitions.of(1), 1);
}

TEST(Repetitions, ApproachAFractionOnAverage) {
  Repetitions repetitions;
  std::vector<std::int64_t> counts(4);
  for (std::int64_t& count : counts) count = repetitions.of(2.5);
  EXPECT_EQ(counts, (std::vector<std::int64_t>{2, 3, 2, 3}));
}

TEST(Sleeper, SleepsAtLeastAsLongInSumAsItWasAskedTo) {
  using Clock = std::chrono::steady_clock;
  Sleeper sleeper;
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < 20; ++i) sleeper.sleep(std::chrono::microseconds(200));
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(4));
}

TEST(Sleeper, MakesUpForWhatTookTooLong) {
  Sleeper sleeper;
  sleeper.sleep(std::chrono::microseconds(-500));
  sleeper.sleep(std::chrono::microseconds(300));
  EXPECT_EQ(sleeper.owed(), std::chrono::microseconds(-200));
}

TEST(Sleeper, DoesNotMakeUpForAStop) {
  Sleeper sleeper;
  sleeper.sleep(std::chrono::hours(-1));
  EXPECT_EQ(sleeper.owed(), -Sleeper::longest_made_up);
}

}  // namespace
}  // namespace evenkeel::digits

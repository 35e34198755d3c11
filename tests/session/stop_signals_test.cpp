#include "session/stop_signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace evenkeel {
namespace {

// What became of a process that did something, and then waited for its end.
struct End {
  bool went_on;  // after what it did
  int status;    // as waitpid tells; it ends by SIGALRM if nothing else ends it

  bool is_by(int number) const { return WIFSIGNALED(status) && WTERMSIG(status) == number; }
};

template <typename Act>
End end_of_process(Act act) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    act([&] { static_cast<void>(::write(ends[1], "a", 1) == 1); });
    for (;;) ::pause();
  }
  ::close(ends[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  char byte = 0;
  const bool went_on = ::read(ends[0], &byte, 1) == 1;
  ::close(ends[0]);
  return {went_on, status};
}

void exit_seven(int /*number*/) { std::_Exit(7); }

TEST(StopSignals, AreRecorded) {
  const StopSignals signals;
  EXPECT_EQ(signals.received(), 0);
  ::raise(SIGTERM);
  EXPECT_EQ(signals.received(), SIGTERM);
}

TEST(StopSignals, HaveTheirUsualEffectAfterwards) {
  const End end = end_of_process([](auto go_on) {
    static_cast<void>(StopSignals());
    ::raise(SIGINT);
    go_on();
  });
  EXPECT_TRUE(end.is_by(SIGINT));
  EXPECT_FALSE(end.went_on);
}

class DelayedEndOn : public testing::TestWithParam<int> {};

TEST_P(DelayedEndOn, ComesAfterTheSignal) {
  const End end = end_of_process([](auto go_on) {
    const DelayedEnd delayed_end(0);
    ::raise(GetParam());
    go_on();
    for (;;) ::pause();
  });
  EXPECT_TRUE(end.is_by(SIGTERM));
  EXPECT_TRUE(end.went_on);
}

INSTANTIATE_TEST_SUITE_P(BothSignals, DelayedEndOn, testing::Values(SIGTERM, SIGINT));

TEST(DelayedEnd, IsAtOnceIfTheSignalComesTwice) {
  const End end = end_of_process([](auto go_on) {
    const DelayedEnd delayed_end(0);
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    go_on();
  });
  EXPECT_TRUE(end.is_by(SIGTERM));
  EXPECT_FALSE(end.went_on);
}

TEST(DelayedEnd, StillComesIfTheSessionEndsFirst) {
  const End end = end_of_process([](auto go_on) {
    {
      const DelayedEnd delayed_end(0);
      ::raise(SIGTERM);
    }
    go_on();
  });
  EXPECT_TRUE(end.is_by(SIGTERM));
  EXPECT_TRUE(end.went_on);
}

TEST(DelayedEnd, LeavesTheProgramItsOwnSignals) {
  const End end = end_of_process([](auto /*go_on*/) {
    ::signal(SIGTERM, exit_seven);
    const DelayedEnd delayed_end(0);
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 7);
}

TEST(DelayedEnd, IsNoneOnceTheSessionIsOver) {
  const End end = end_of_process([](auto go_on) {
    static_cast<void>(DelayedEnd(0));
    ::raise(SIGTERM);
    go_on();
  });
  EXPECT_TRUE(end.is_by(SIGTERM));
  EXPECT_FALSE(end.went_on);
}

}  // namespace
}  // namespace evenkeel

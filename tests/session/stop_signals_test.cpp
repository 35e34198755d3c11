#include "session/stop_signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace evenkeel {
namespace {

// Does so in a process of its own, which then waits for its end; returns how that came, as waitpid
// tells. 0: it went on for a minute.
template <typename Act>
int end_of_process(Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    act();
    for (;;) ::pause();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void exit_seven(int /*number*/) { std::_Exit(7); }

TEST(StopSignals, AreTakenDown) {
  const StopSignals signals;
  EXPECT_FALSE(signals.received());
  ::raise(SIGTERM);
  EXPECT_TRUE(signals.received());
}

TEST(StopSignals, HaveTheirUsualEffectAfterwards) {
  const int status = end_of_process([] {
    { const StopSignals signals; }
    ::raise(SIGINT);
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

class DelayedEndOn : public testing::TestWithParam<int> {};

// The process says so through a pipe once its signal has come, and is ended all the same.
TEST_P(DelayedEndOn, ComesAfterTheSignal) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = end_of_process([&] {
    const DelayedEnd delayed_end;
    ::raise(GetParam());
    if (::write(ends[1], "a", 1) == 1) ::pause();
    ::pause();
  });
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  ::close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

INSTANTIATE_TEST_SUITE_P(BothSignals, DelayedEndOn, testing::Values(SIGTERM, SIGINT));

TEST(DelayedEnd, IsAtOnceIfTheSignalComesTwice) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = end_of_process([&] {
    const DelayedEnd delayed_end;
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    if (::write(ends[1], "a", 1) == 1) ::pause();
  });
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(DelayedEnd, StillComesIfTheSessionEndsFirst) {
  const int status = end_of_process([] {
    const DelayedEnd delayed_end;
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(DelayedEnd, LeavesTheProgramItsOwnSignals) {
  const int status = end_of_process([] {
    ::signal(SIGTERM, exit_seven);
    const DelayedEnd delayed_end;
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

TEST(DelayedEnd, IsNoneOnceTheSessionIsOver) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = end_of_process([&] {
    { const DelayedEnd delayed_end; }
    ::raise(SIGTERM);
    if (::write(ends[1], "a", 1) == 1) ::pause();
  });
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

}  // namespace
}  // namespace evenkeel

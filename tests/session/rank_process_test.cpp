#include "session/rank_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/finalize_rendezvous.h"

namespace evenkeel {
namespace {

// A child that stops itself.
class StoppedRank : public testing::Test {
 protected:
  void SetUp() override {
    child_ = ::fork();
    if (child_ == 0) {
      ::raise(SIGSTOP);
      for (;;) ::pause();
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child_, &status, WUNTRACED), child_);
    ASSERT_TRUE(WIFSTOPPED(status));
    rank_ = RankProcess::own();
    rank_.id = child_;
    rank_.start = process_state(child_)->start;
  }
  void TearDown() override {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  pid_t child_ = 0;
  RankProcess rank_;
};

TEST_F(StoppedRank, IsSeen) {
  EXPECT_TRUE(rank_.is_stopped());
  EXPECT_FALSE(RankProcess::own().is_stopped());
  int status = 0;
  ::kill(child_, SIGCONT);
  ASSERT_EQ(::waitpid(child_, &status, WCONTINUED), child_);
  EXPECT_FALSE(rank_.is_stopped());
}

TEST_F(StoppedRank, IsNotTakenForAnotherProcessOfThatId) {
  RankProcess elsewhere = rank_;
  ++elsewhere.machine;
  EXPECT_FALSE(elsewhere.is_stopped());
  RankProcess earlier = rank_;
  --earlier.start;
  EXPECT_FALSE(earlier.is_stopped());
}

TEST_F(StoppedRank, LivesUntilItHasEnded) {
  EXPECT_EQ(RankProcess::own().lives(), true);
  EXPECT_EQ(rank_.lives(), true);
  RankProcess elsewhere = rank_;
  ++elsewhere.machine;
  EXPECT_EQ(elsewhere.lives(), std::nullopt);
  ::kill(child_, SIGKILL);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child_), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(rank_.lives(), false);  // though nobody has waited for it
}

TEST_F(StoppedRank, CountsOnceItHasBeenStoppedForSoLong) {
  using std::chrono::seconds;
  MachineRanks ranks({RankProcess::own(), rank_}, seconds(10));
  EXPECT_TRUE(ranks.stopped(seconds(100)).empty());
  EXPECT_TRUE(ranks.stopped(seconds(109)).empty());
  EXPECT_EQ(ranks.stopped(seconds(110)), std::vector<int>{1});
  int status = 0;
  ::kill(child_, SIGCONT);
  ASSERT_EQ(::waitpid(child_, &status, WCONTINUED), child_);
  EXPECT_TRUE(ranks.stopped(seconds(111)).empty());
}

}  // namespace
}  // namespace evenkeel

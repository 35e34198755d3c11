#include "session/stalled_start.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Decision = StalledStart::Decision;

// A rank that looks each second at others that it chooses.
class Stalled : public testing::Test {
 protected:
  Decision look(bool all_are_well) {
    return start_.decide(now_ += seconds(1), all_are_well, stage_);
  }

  // How long it waits at most; the last decision is another one.
  Duration waits(bool all_are_well, Duration at_most) {
    const Duration begin = now_;
    while (now_ - begin < at_most && (last_ = look(all_are_well)) == Decision::wait) {
    }
    return now_ - begin;
  }

  void next_stage(Duration longest) { stage_ = {longest, stage_.number + 1}; }

  Duration now_ = seconds(3);
  StartStage stage_{hours(2), 1};
  StalledStart start_{now_, stage_};
  Decision last_ = Decision::wait;
};

TEST_F(Stalled, IsNotAStartInWhichAllAreWell) {
  EXPECT_EQ(waits(true, hours(2)), hours(2));
  EXPECT_EQ(last_, Decision::wait);
}

TEST_F(Stalled, IsAStartWhoseRankIsUnwellForLong) {
  waits(true, seconds(100));
  EXPECT_EQ(waits(false, seconds(100)), StalledStart::before_given_up);
  EXPECT_EQ(last_, Decision::end_if_first);
}

TEST_F(Stalled, IsNotAStartWhoseRankIsWellInTime) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(waits(false, seconds(29)), seconds(29));
    EXPECT_EQ(look(true), Decision::wait);
  }
}

TEST_F(Stalled, IsEndedByOthersIfTheFirstRankDoesNot) {
  waits(false, seconds(100));
  for (int i = 1; i < 10; ++i) EXPECT_EQ(look(false), Decision::end_if_first);
  EXPECT_EQ(look(false), Decision::end);
}

TEST_F(Stalled, GoesOnIfItsRankIsWellWhileTheFirstIsAwaited) {
  waits(false, seconds(100));
  EXPECT_EQ(last_, Decision::end_if_first);
  EXPECT_EQ(look(true), Decision::wait);
  // Whoever is stopped from now on gets the same time.
  EXPECT_EQ(waits(false, seconds(100)), StalledStart::before_given_up);
  EXPECT_EQ(last_, Decision::end_if_first);
}

TEST_F(Stalled, IsAStageThatTakesTooLong) {
  EXPECT_EQ(waits(true, hours(3)), hours(2) + seconds(1));
  EXPECT_EQ(last_, Decision::end_if_first);
  waits(true, seconds(1));
  EXPECT_EQ(look(true), Decision::end_if_first);
  for (int i = 3; i < 10; ++i) look(true);
  EXPECT_EQ(look(true), Decision::end);
}

TEST_F(Stalled, IsNotAStageThatHasJustBegunAfterALongOne) {
  waits(true, hours(1) + seconds(1000));
  next_stage(hours(1));
  EXPECT_EQ(waits(true, hours(1)), hours(1));
  EXPECT_EQ(last_, Decision::wait);
}

TEST_F(Stalled, GoesOnIfTheNextStageBeginsWhileTheFirstIsAwaited) {
  waits(true, hours(3));
  next_stage(hours(1));
  EXPECT_EQ(look(true), Decision::wait);
}

TEST_F(Stalled, IsNoStageWithoutALimit) {
  next_stage(Duration::max());
  EXPECT_EQ(waits(true, hours(48)), hours(48));
  EXPECT_EQ(last_, Decision::wait);
}

// Once all go on, this rank may see others stopped for a moment. Its clock has stood still.
TEST_F(Stalled, IsNotAJobThatWasSuspendedAsAWhole) {
  EXPECT_EQ(waits(true, seconds(100)), seconds(100));
  EXPECT_EQ(waits(false, seconds(2)), seconds(2));
  EXPECT_EQ(waits(true, seconds(100)), seconds(100));
  EXPECT_EQ(last_, Decision::wait);
}

}  // namespace
}  // namespace evenkeel

#include "coordinator/attendance.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(Attendance, CountsWhoIsHere) {
  Attendance attendance(3);
  EXPECT_EQ(attendance.here(), 3);
  attendance.become(WorkerIndex(0), WorkerLife::working);
  attendance.become(WorkerIndex(0), WorkerLife::emptied);
  EXPECT_EQ(attendance.here(), 3);
  attendance.become(WorkerIndex(0), WorkerLife::lost);
  attendance.become(WorkerIndex(1), WorkerLife::finished);
  EXPECT_EQ(attendance.here(), 1);
  attendance.become(WorkerIndex(0), WorkerLife::working);
  EXPECT_EQ(attendance.here(), 2);
  EXPECT_TRUE(attendance.is_here(WorkerIndex(0)));
  EXPECT_FALSE(attendance.is_here(WorkerIndex(1)));
}

TEST(Attendance, CountsWhoHasLeftUntilItComesBack) {
  Attendance attendance(2);
  attendance.become(WorkerIndex(1), WorkerLife::lost);
  EXPECT_EQ(attendance.left(), 0);
  attendance.become(WorkerIndex(1), WorkerLife::left);
  EXPECT_EQ(attendance.left(), 1);
  EXPECT_EQ(attendance.here(), 1);
  attendance.become(WorkerIndex(1), WorkerLife::working);
  EXPECT_EQ(attendance.left(), 0);
}

TEST(Attendance, CountsWhoHasNotComeYet) {
  Attendance attendance(2, WorkerLife::absent);
  EXPECT_EQ(attendance.here(), 0);
  EXPECT_EQ(attendance.absent(), 2);
  EXPECT_FALSE(attendance.is_here(WorkerIndex(1)));
  attendance.become(WorkerIndex(1), WorkerLife::working);
  EXPECT_EQ(attendance.here(), 1);
  EXPECT_EQ(attendance.absent(), 1);
}

TEST(Attendance, IsTheStateOfARecord) {
  EXPECT_EQ(state_of(WorkerLife::starting), WorkerState::working);
  EXPECT_EQ(state_of(WorkerLife::emptied), WorkerState::working);
  EXPECT_EQ(state_of(WorkerLife::lost), WorkerState::lost);
  EXPECT_EQ(state_of(WorkerLife::left), WorkerState::left);
  EXPECT_EQ(state_of(WorkerLife::finished), WorkerState::finished);
  EXPECT_EQ(state_of(WorkerLife::absent), WorkerState::absent);
}

}  // namespace
}  // namespace evenkeel

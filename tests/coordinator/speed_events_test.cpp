#include "coordinator/speed_events.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

constexpr Rank rank{3};
constexpr SpeedChange halved{100, 50, 3};

// Tells of steps that are done, one after the other.
std::vector<Event> done(SpeedEvents& events, const std::vector<double>& steps_s) {
  std::vector<Event> settled;
  for (const double step_s : steps_s) events.done(step_s, settled);
  return settled;
}

TEST(SpeedEvents, CostWhatStepsTookTooLongUntilTheNewDivision) {
  SpeedEvents events;
  EXPECT_TRUE(done(events, {1, 1, 2, 2}).empty());
  events.changed(instant_at(8), rank, halved, 4);  // steps 2, 3 and 4
  events.divided(6, 1.25);
  EXPECT_TRUE(done(events, {2}).empty());
  const std::vector<Event> settled = done(events, {2, 1.25, 1.25});
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled.front().kind, EventKind::slower);
  EXPECT_EQ(settled.front().rank, rank);
  EXPECT_EQ(settled.front().time, instant_at(8));
  EXPECT_EQ(settled.front().before, 100);
  EXPECT_EQ(settled.front().after, 50);
  EXPECT_EQ(settled.front().step, 2);
  EXPECT_EQ(settled.front().steps_to_plan, 4);  // 2 to 5
  EXPECT_DOUBLE_EQ(settled.front().lost_s, 4 * 0.75);
  EXPECT_TRUE(events.take_all().empty());
}

TEST(SpeedEvents, AreAnsweredByTheFirstDivisionThatFollows) {
  SpeedEvents events;
  events.divided(0, 5);  // before the change
  events.changed(Instant(), rank, halved, 2);
  events.divided(4, 1);
  events.divided(5, 0.5);
  const std::vector<Event> settled = done(events, {2, 2, 2, 2});
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_DOUBLE_EQ(settled.front().lost_s, 4 * 1.0);
}

TEST(SpeedEvents, AreTakenAwayWithoutADivision) {
  SpeedEvents events;
  events.changed(Instant(), rank, {50, 100, 2}, 0);
  EXPECT_TRUE(done(events, {2, 2, 2}).empty());
  const std::vector<Event> unanswered = events.take_unanswered();
  ASSERT_EQ(unanswered.size(), 1U);
  EXPECT_EQ(unanswered.front().kind, EventKind::faster);
  EXPECT_EQ(unanswered.front().step, 0);
  EXPECT_EQ(unanswered.front().steps_to_plan, 0);
  EXPECT_TRUE(events.take_all().empty());
}

TEST(SpeedEvents, WhoseAnswerIsNotInEffectYetAreTakenOnlyAtTheEnd) {
  SpeedEvents events;
  events.changed(Instant(), rank, halved, 2);
  events.divided(4, 1);
  EXPECT_TRUE(events.take_unanswered().empty());
  EXPECT_EQ(events.take_all().size(), 1U);
  EXPECT_TRUE(done(events, {2, 2, 2, 2}).empty());
}

TEST(SpeedEvents, OfTheBaselineWereNotForTheDivisionToAnswer) {
  SpeedEvents events;
  events.balanced_from(4);
  events.changed(Instant(), rank, halved, 5);       // steps 3, 4 and 5
  events.changed(Instant(), rank, {50, 25, 1}, 4);  // step 4
  events.divided(6, 1);
  const std::vector<Event> settled = done(events, {1, 1, 1, 2, 2, 2});
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_EQ(settled[0].steps_to_plan, Event::in_baseline);
  EXPECT_EQ(settled[0].lost_s, 3);
  EXPECT_EQ(settled[1].steps_to_plan, 2);
}

TEST(SpeedEvents, OfAJobThatGoesOnAreSettledAsSoon) {
  SpeedEvents events(100);
  events.changed(Instant(), rank, halved, 101);  // it cannot have begun before step 100
  events.divided(102, 1);
  const std::vector<Event> settled = done(events, {3, 2});
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled.front().step, 100);
  EXPECT_EQ(settled.front().steps_to_plan, 2);
  EXPECT_EQ(settled.front().lost_s, 3);
}

TEST(SpeedEvents, CostNothingWhereStepsWereNoLonger) {
  SpeedEvents events;
  events.changed(Instant(), rank, {50, 100, 1}, 0);
  events.divided(2, 3);
  EXPECT_EQ(done(events, {1, 2}).front().lost_s, 0);
}

}  // namespace
}  // namespace evenkeel

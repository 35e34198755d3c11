#include "coordinator/kept_events.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

Event event_of(EventKind kind, int rank, double at_s) {
  return {instant_at(at_s), Rank(rank), kind};
}

TEST(KeptEvents, AreTheFirstChangesOfSpeed) {
  KeptEvents events;
  const auto most = static_cast<int>(KeptEvents::most_changes);
  for (int i = 0; i < most; ++i) {
    events.on_event(event_of(i % 2 == 0 ? EventKind::slower : EventKind::faster, 1, i));
  }
  EXPECT_EQ(events.list().size(), static_cast<std::size_t>(most));
  EXPECT_EQ(events.left_out(), 0);
  for (int i = 0; i < 5; ++i) events.on_event(event_of(EventKind::slower, 1, most + i));
  EXPECT_EQ(events.list().size(), static_cast<std::size_t>(most));
  EXPECT_EQ(events.list().back().time, instant_at(most - 1));
  EXPECT_EQ(events.left_out(), 5);
}

TEST(KeptEvents, HoldTheFirstChangeOfEveryWorker) {
  KeptEvents events;
  for (int i = 0; i < KeptEvents::most_changes; ++i)
    events.on_event(event_of(EventKind::slower, 1, i));
  for (int time = 0; time < 3; ++time) {
    for (const int rank : {7, 2}) events.on_event(event_of(EventKind::slower, rank, 5000 + time));
  }
  EXPECT_EQ(events.left_out(), 4);
  EXPECT_EQ(events.list()[events.list().size() - 2].rank, Rank(7));
  EXPECT_EQ(events.list().back().rank, Rank(2));
  EXPECT_EQ(events.list().back().time, instant_at(5000));
}

TEST(KeptEvents, TellWhoWasLostHoweverManyChangesThereWere) {
  KeptEvents events;
  for (int i = 0; i < 2 * KeptEvents::most_changes; ++i) {
    events.on_event(event_of(EventKind::slower, 1, i));
  }
  events.on_event(event_of(EventKind::lost, 1, 9000));
  events.on_event(event_of(EventKind::fenced, 1, 9001));
  EXPECT_EQ(events.list().back().kind, EventKind::fenced);
  EXPECT_EQ(events.left_out(), KeptEvents::most_changes);
  for (int i = 0; i < 2 * KeptEvents::most_others; ++i) {
    events.on_event(event_of(EventKind::lost, 1, 9002 + i));
  }
  EXPECT_EQ(static_cast<std::int64_t>(events.list().size()),
            KeptEvents::most_changes + KeptEvents::most_others);
}

}  // namespace
}  // namespace evenkeel

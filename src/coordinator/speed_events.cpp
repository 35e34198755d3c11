#include "coordinator/speed_events.h"

#include <algorithm>
#include <utility>

namespace evenkeel {

void SpeedEvents::changed(Instant now, Rank rank, const SpeedChange& change, std::int64_t step) {
  const EventKind kind = change.after < change.before ? EventKind::slower : EventKind::faster;
  Event event{now, rank, kind, change.before, change.after};
  event.step = std::max(first_step_, step - change.reports + 1);
  open_.push_back({event});
}

void SpeedEvents::divided(std::int64_t first_step, double expected_s) {
  for (Open& open : open_) {
    if (open.answered_at >= 0) continue;
    open.answered_at = first_step;
    open.expected_s = expected_s;
  }
}

void SpeedEvents::done(double step_s, std::vector<Event>& settled) {
  step_s_.push_back(step_s);
  if (step_s_.size() > remembered) step_s_.pop_front();
  ++done_;
  std::erase_if(open_, [&](Open& open) {
    if (open.answered_at < 0 || open.answered_at > done_) return false;
    open.event.steps_to_plan =
        open.event.step < first_balanced_ ? Event::in_baseline : open.answered_at - open.event.step;
    open.event.lost_s = lost_since(open.event.step, open.answered_at, open.expected_s);
    settled.push_back(open.event);
    return true;
  });
}

std::vector<Event> SpeedEvents::take_unanswered() {
  std::vector<Event> events;
  std::erase_if(open_, [&events](const Open& open) {
    if (open.answered_at >= 0) return false;
    events.push_back(open.event);
    return true;
  });
  return events;
}

std::vector<Event> SpeedEvents::take_all() {
  for (Open& open : open_) open.answered_at = -1;
  return take_unanswered();
}

double SpeedEvents::lost_since(std::int64_t first, std::int64_t end, double expected_s) const {
  const std::int64_t oldest = done_ - static_cast<std::int64_t>(step_s_.size());
  double lost_s = 0;
  for (std::int64_t step = std::max(first, oldest); step < end; ++step) {
    lost_s += std::max(0.0, step_s_[static_cast<std::size_t>(step - oldest)] - expected_s);
  }
  return lost_s;
}

}  // namespace evenkeel

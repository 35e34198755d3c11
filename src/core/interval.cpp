#include "core/interval.h"

#include <algorithm>

#include "core/check.h"

namespace evenkeel {

bool IntervalSet::insert(Interval interval) {
  if (interval.empty()) return true;
  const auto after =
      std::lower_bound(intervals_.begin(), intervals_.end(), interval,
                       [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  if (after != intervals_.end() && after->begin < interval.end) return false;
  const auto before = after == intervals_.begin() ? intervals_.end() : std::prev(after);
  if (before != intervals_.end() && before->end > interval.begin) return false;

  samples_ += interval.samples();
  const bool joins_before = before != intervals_.end() && before->end == interval.begin;
  const bool joins_after = after != intervals_.end() && after->begin == interval.end;
  if (joins_before && joins_after) {
    before->end = after->end;
    intervals_.erase(after);
  } else if (joins_before) {
    before->end = interval.end;
  } else if (joins_after) {
    after->begin = interval.begin;
  } else {
    intervals_.insert(after, interval);
  }
  return true;
}

Interval IntervalSet::take_front(std::int64_t samples) {
  EVENKEEL_CHECK(!intervals_.empty() && samples > 0);
  Interval& front = intervals_.front();
  const Interval taken{front.begin, std::min(front.end, front.begin + samples)};
  front.begin = taken.end;
  if (front.empty()) intervals_.erase(intervals_.begin());
  samples_ -= taken.samples();
  return taken;
}

void IntervalSet::remove(Interval interval) {
  const auto after =
      std::upper_bound(intervals_.begin(), intervals_.end(), interval,
                       [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  EVENKEEL_CHECK(!interval.empty() && after != intervals_.begin());
  const auto around = std::prev(after);
  EVENKEEL_CHECK(interval.end <= around->end);
  const Interval behind{interval.end, around->end};
  around->end = interval.begin;
  samples_ -= interval.samples();
  if (around->empty() && behind.empty()) {
    intervals_.erase(around);
  } else if (around->empty()) {
    *around = behind;
  } else if (!behind.empty()) {
    intervals_.insert(after, behind);
  }
}

std::vector<Interval> IntervalSet::gaps(Interval whole) const {
  std::vector<Interval> result;
  Position from = whole.begin;
  for (const Interval& interval : intervals_) {
    if (interval.begin >= whole.end) break;
    if (interval.begin > from) result.push_back({from, interval.begin});
    from = std::max(from, interval.end);
  }
  if (from < whole.end) result.push_back({from, whole.end});
  return result;
}

void IntervalSet::clear() {
  intervals_.clear();
  samples_ = 0;
}

}  // namespace evenkeel

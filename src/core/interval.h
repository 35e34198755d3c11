// [begin, end) of positions on the epoch line, and sets of them: what is handed out, done,
// returned or saved.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/types.h"

namespace evenkeel {

struct Interval {
  Position begin;
  Position end;

  constexpr std::int64_t samples() const { return end - begin; }
  constexpr bool empty() const { return end <= begin; }
  friend constexpr bool operator==(const Interval&, const Interval&) = default;
};

// A set of positions as disjoint intervals in ascending order; neighbours are merged.
// Insertion and removal take time linear in the number of intervals, which stays small: it grows
// with what was returned, not with the dataset.
class IntervalSet {
 public:
  // Adds an interval. False, and nothing changed, if any of it is already in the set; an empty
  // interval is always added.
  [[nodiscard]] bool insert(Interval interval);

  // Removes and returns up to `samples` positions from the front interval. The set is not empty.
  Interval take_front(std::int64_t samples);

  // What of `whole` is not in the set, in ascending order.
  std::vector<Interval> gaps(Interval whole) const;

  bool empty() const { return intervals_.empty(); }
  std::int64_t samples() const { return samples_; }
  std::span<const Interval> intervals() const { return intervals_; }
  void clear();
  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

  // Room for this many intervals without allocating.
  void reserve(std::size_t intervals) { intervals_.reserve(intervals); }

 private:
  std::vector<Interval> intervals_;
  std::int64_t samples_ = 0;
};

}  // namespace evenkeel

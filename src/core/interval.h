// [begin, end) of positions on the epoch line, and sets of such intervals.
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

// A set of positions as disjoint intervals in ascending order; neighbours are merged. Insertion and
// removal take time linear in the number of intervals. That number depends on what was returned,
// not on the size of the dataset.
class IntervalSet {
 public:
  // Adds an interval. Returns false and changes nothing if the set overlaps it. Empty intervals are
  // always added.
  [[nodiscard]] bool insert(Interval interval);

  // Removes and returns up to `samples` positions from the front interval. The set is not empty.
  Interval take_front(std::int64_t samples);

  // Removes an interval that is in the set, not empty.
  void remove(Interval interval);

  // The parts of `whole` that are not in the set, in ascending order.
  std::vector<Interval> gaps(Interval whole) const;

  bool empty() const { return intervals_.empty(); }
  std::int64_t samples() const { return samples_; }
  std::span<const Interval> intervals() const { return intervals_; }
  void clear();
  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

  void reserve(std::size_t intervals) { intervals_.reserve(intervals); }

 private:
  std::vector<Interval> intervals_;
  std::int64_t samples_ = 0;
};

}  // namespace evenkeel

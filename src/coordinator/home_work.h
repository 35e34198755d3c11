// What is free of an epoch, by the home of its data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coordinator/homes.h"
#include "core/interval.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

// Steps whose first sample has the same home belong together. Memory: O(shards).
class HomeWork {
 public:
  HomeWork() = default;  // of data without homes

  // Nothing is free at first.
  HomeWork(const EpochOrder& order, const Homes& homes, std::int64_t step_samples);

  // By home; what has none comes last.
  std::span<const std::int64_t> samples() const { return samples_; }

  // What is free, of each of them.
  std::span<const IntervalSet> free() const { return free_; }

  // The place in samples() of the step that this is in.
  std::size_t place_of(Position position) const;

  // This becomes free. False: a part of it was.
  bool insert(Interval interval);

  // The place in samples() that a worker of this home gets work from next. Precondition: something
  // is free.
  std::size_t next_for(std::int32_t home, const Homes& homes) const;

  // From the front of that place, so many samples.
  Interval take(std::size_t place, std::int64_t samples);

 private:
  struct Run {
    Position begin;
    std::size_t place;
  };

  std::vector<Run> runs_;  // ascending; each ends where the next begins
  Position end_;
  std::vector<IntervalSet> free_;
  std::vector<std::int64_t> samples_;
};

}  // namespace evenkeel

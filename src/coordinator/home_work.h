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

  // What a worker gets work from next.
  struct Next {
    std::size_t place = 0;  // in samples()
    Interval interval;
    Homes::Sought* probed = nullptr;  // the home of this file is sought, and it has not tried it
    bool is_far = false;              // it has, or this is of another home
  };

  // For one of this home: what is at home; then a file that it has not tried, and few others have;
  // then what is the same to all. Precondition: something is free.
  Next next_for(std::int32_t home, Homes& homes) const;

  // What next_for() says, or a part of it.
  void take(std::size_t place, Interval interval);

 private:
  static constexpr std::int64_t no_file = -1;

  struct Run {
    Position begin;
    std::size_t place;
    std::int64_t file;  // whose home is sought; or no_file
  };

  void add(std::int64_t begin, std::size_t place, std::int64_t file, std::int64_t step_samples);
  Next next_anywhere(std::int32_t home, Homes& homes) const;
  std::size_t most_left(const Homes& homes) const;

  std::vector<Run> runs_;  // ascending; each ends where the next begins
  Position end_;
  std::vector<IntervalSet> free_;
  std::vector<std::int64_t> samples_;
};

}  // namespace evenkeel

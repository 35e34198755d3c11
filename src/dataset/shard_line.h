// The shards of a dataset in seeded order, end to end on one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/interval.h"
#include "dataset/dataset.h"
#include "dataset/extent_writer.h"

namespace evenkeel {

// A piece of a file on a line.
struct FilePlace {
  Interval places;
  std::size_t file = 0;  // its index in the list of files that was asked for
};

// Memory: 12 bytes per shard, and 8 more unless costs are uniform.
class ShardLine {
 public:
  ShardLine() = default;  // no shards

  // Draws the order from the key (Fisher & Yates). The dataset must outlive the line.
  ShardLine(const Dataset& dataset, std::uint64_t key);

  // The sample (dataset order) at a place on the line. O(log shards).
  std::int64_t sample_at(std::int64_t place) const;

  // Cost of the places [begin, end). O(log shards + log of a shard's files).
  double cost(std::int64_t begin, std::int64_t end) const;

  // The file of all places [begin, end), if they are in one piece of one file.
  std::optional<std::int64_t> only_file(std::int64_t begin, std::int64_t end) const;

  // Where the samples of these files are, ascending. `files` ascends. O(shards × log files).
  std::vector<FilePlace> places_of(std::span<const std::int64_t> files) const;

  // The places [begin, end) as extents. O(log shards + log files + extents).
  void extents(std::int64_t begin, std::int64_t end, ExtentWriter& out) const;

 private:
  std::size_t slot_of(std::int64_t place) const;
  std::size_t slot_from(std::size_t from, std::int64_t place) const;
  std::size_t slot_between(std::size_t first, std::size_t last, std::int64_t place) const;
  double cost_in_slot(std::size_t slot, std::int64_t begin, std::int64_t end) const;

  // Slot i holds shard slot_shard_[i].
  const Dataset* dataset_ = nullptr;
  std::vector<std::uint32_t> slot_shard_;
  std::vector<std::int64_t> slot_begin_;  // its first place; slots + 1
  std::vector<double> slot_cost_;         // of all earlier slots; slots + 1, or empty if uniform
};

}  // namespace evenkeel

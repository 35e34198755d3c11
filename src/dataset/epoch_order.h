// The samples of one epoch on one line, drawn from (seed, epoch) alone: the order never depends on
// the number of ranks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/interval.h"
#include "core/types.h"
#include "dataset/dataset.h"
#include "dataset/permutation.h"
#include "dataset/shard_line.h"
#include "evenkeel/extent.h"
#include "evenkeel/options.h"

namespace evenkeel {

struct OrderOptions {
  Shuffle shuffle = Shuffle::shards;
  std::uint64_t seed = 0;
  std::int64_t shuffle_block = 16384;  // positions; Shuffle::block only
};

// Memory: O(shards) for `shards` and `block`, O(1) otherwise; nothing per sample. A value type:
// const functions may be called from several threads at once; only extents() allocates.
class EpochOrder {
 public:
  // The dataset must outlive the order.
  EpochOrder(const Dataset& dataset, const OrderOptions& options, Epoch epoch);

  std::int64_t samples() const;

  // The sample (dataset order) at a position, 0 ≤ position < samples().
  std::int64_t sample_at(Position position) const;

  // Cost of an interval. O(log shards + log of a shard's files), O(log files) for `none`, O(1)
  // under uniform cost. Exact for `none`, `shards` and uniform cost. Otherwise exact between block
  // ends; elsewhere an estimate: count × mean cost of the block (`full`: of the epoch).
  double cost(Interval interval) const;

  // The exact cost of an interval: O(log) for `none` and `shards`, O(samples) otherwise.
  double true_cost(Interval interval) const;

  // The file that all samples of the interval are of, if they lie in one piece; none: they do not,
  // or the order permutes samples. Precondition: not empty. O(log shards + log files).
  std::optional<std::int64_t> only_file(Interval interval) const;

  // Where the samples of these files are, ascending. `files` ascends; nothing if the order permutes
  // samples. O(shards × log files).
  std::vector<FilePlace> places_of(std::span<const std::int64_t> files) const;

  // Appends the extents of the interval in epoch order; neighbouring samples of a file are merged.
  void extents(Interval interval, std::vector<Extent>& out) const;

 private:
  // Consecutive positions that are permuted among themselves.
  struct Block {
    std::int64_t begin;
    std::int64_t end;
  };

  // The cost of the positions [begin, end) of a block.
  using PartCost = double (EpochOrder::*)(Block block, std::int64_t begin, std::int64_t end) const;
  double estimated_cost(Block block, std::int64_t begin, std::int64_t end) const;
  double summed_cost(Block block, std::int64_t begin, std::int64_t end) const;
  double cost_with(Interval interval, PartCost part_cost) const;

  void check_bounds(Interval interval) const;
  bool permutes_samples() const { return block_length_ > 0; }
  Block block_of(std::int64_t place) const;
  Permutation permutation_of(Block block) const;
  std::int64_t sample_on_line(std::int64_t place) const;
  double cost_on_line(std::int64_t begin, std::int64_t end) const;

  const Dataset* dataset_;
  std::uint64_t key_;              // of this seed and epoch
  std::int64_t block_length_;      // `full` is one block; 0: samples are not permuted
  std::optional<ShardLine> line_;  // none: dataset order
};

}  // namespace evenkeel

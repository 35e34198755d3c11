// How much work a part of a global batch is: a curve through the parts that were measured.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "balance/tiles.h"

namespace evenkeel {

// Work grows with the number of micro-batches in any way, but never falls. At a measured part it is
// what was measured, all made to ascend (pool adjacent violators: Ayer et al., An Empirical
// Distribution Function for Sampling with Incomplete Information, 1955). Elsewhere it is told by
// tiles, if there are any, or else by straight lines: between neighbours, and beyond the first and
// the last part by the line through a part half as large or twice as large, or in proportion. Where
// work jumps from one neighbour to the other, the jump is taken to be in the middle.
class WorkCurve {
 public:
  // In proportion.
  WorkCurve() = default;

  // `parts` in ascending order. `looks_for_tiles`: or they are as before.
  void set(const std::vector<MeasuredPart>& parts, bool looks_for_tiles);

  // Work in so many micro-batches, above 0.
  double work(double micro_batches) const;

  // The most micro-batches, from 0 to `most`, that are no more work than this.
  std::int64_t most_within(double work, std::int64_t most) const;

  const std::optional<Tiles>& tiles() const { return tiles_; }

 private:
  double on_lines(double micro_batches, std::size_t next) const;
  double before_first(double micro_batches) const;
  double after_last(double micro_batches) const;
  void ascend();

  std::vector<MeasuredPart> parts_;
  std::optional<Tiles> tiles_;
};

}  // namespace evenkeel

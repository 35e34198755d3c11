// Finds out whether a device works in tiles: as long for a part of 17 samples as for one of 24.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

namespace evenkeel {

// How much work a part of some size was, in any unit, and how certain that is: the inverse of the
// variance of its logarithm.
struct MeasuredPart {
  double micro_batches;
  double work;
  double certainty;
};

// Work grows by `each` per micro-batch, in steps of `tile` micro-batches.
struct Tiles {
  double tile = 1;
  double fixed = 0;
  double each = 1;

  double work(double micro_batches) const {
    return fixed + each * tile * std::ceil(micro_batches / tile);
  }
};

// The tile, of at most 512 micro-batches and half the largest part, by which the parts are told
// best: if a line does not tell them, this one does, and no other nearly as well.
std::optional<Tiles> find_tiles(const std::vector<MeasuredPart>& parts);

}  // namespace evenkeel

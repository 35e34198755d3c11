// Which samples each step of a job is about, found by going through the epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/batch_line.h"

namespace evenkeel {

// The first global batches of a job, one after the other: each of B samples, but for the last of an
// epoch, which has fewer or is dropped.
struct GlobalBatches {
  struct Batch {
    Pass pass;
    Interval interval;
  };

  GlobalBatches(const BatchLine& line, std::size_t count);

  std::vector<Batch> batches;
  std::int64_t samples = 0;
  std::int64_t dropped = 0;  // at the ends of epochs
};

}  // namespace evenkeel

// Where samples are in a file of plain bytes.
#pragma once

#include <cstdint>

#include "evenkeel/extent.h"

namespace evenkeel {

struct ByteRange {
  std::int64_t begin;
  std::int64_t end;
};

// The bytes of an extent. Sample i of `samples` samples in `bytes` bytes is [i · bytes / samples,
// (i + 1) · bytes / samples).
ByteRange byte_range(const Extent& extent, std::int64_t samples, std::int64_t bytes);

}  // namespace evenkeel

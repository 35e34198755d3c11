// The whole numbers that an option accepts.
#pragma once

#include <cstdint>
#include <limits>

namespace evenkeel {

// Both ends included.
struct WholeRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace evenkeel

#include "byte_range.h"

namespace evenkeel {

ByteRange byte_range(const Extent& extent, std::int64_t samples, std::int64_t bytes) {
  __extension__ using Wide = __int128;
  const auto start_of = [samples, bytes](std::int64_t sample) {
    return static_cast<std::int64_t>(Wide{sample} * bytes / samples);
  };
  return {start_of(extent.first), start_of(extent.first + extent.count)};
}

}  // namespace evenkeel

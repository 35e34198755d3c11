// A part of an interval of the epoch, as a reader needs it.
#pragma once

#include <cstdint>

namespace evenkeel {

// `count` consecutive samples of one file, from number `first` on (0 ≤ first, first + count ≤ the
// file's samples).
struct Extent {
  std::int64_t file = 0;  // index in the manifest; Session::path gives the file's path
  std::int64_t first = 0;
  std::int64_t count = 0;

  friend bool operator==(const Extent&, const Extent&) = default;
};

}  // namespace evenkeel

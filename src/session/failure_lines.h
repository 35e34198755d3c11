// What is said of the steps that fail on one rank: which samples of which file, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dataset/dataset.h"
#include "evenkeel/extent.h"

namespace evenkeel {

// "samples 0-31 of /data/a.bin", "sample 7 of /data/a.bin and others of 2 more files".
std::string samples_text(std::span<const Extent> extents, const Dataset& dataset);

// A bounded number of lines: a worker that fails whatever it gets says so no more often than that.
class FailureLines {
 public:
  static constexpr std::int64_t most = 100;

  // The text as it is to be said, without a newline; none if enough has been said.
  std::optional<std::string> next(std::string text);

 private:
  std::int64_t said_ = 0;
};

}  // namespace evenkeel

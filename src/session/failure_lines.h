// Messages about the steps that fail on one rank: which samples of which file, and why.
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

// A trainer's reason, in one line of bounded length.
std::string reason_text(std::string_view reason);

// Limits the number of lines, for workers that fail every step.
class FailureLines {
 public:
  static constexpr std::int64_t most = 100;

  // The line to print, without a newline; none if there were enough.
  std::optional<std::string> next(std::string text);

 private:
  std::int64_t said_ = 0;
};

}  // namespace evenkeel

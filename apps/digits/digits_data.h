// The handwritten digits in the format of scripts/digits-data: one line per sample.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace evenkeel::digits {

constexpr std::int64_t pixels_per_digit = 64;  // 8 rows of 8
constexpr std::int64_t digit_classes = 10;

// Samples, one per column: those of a step, or of a whole file.
struct Digits {
  Eigen::MatrixXd pixels;            // pixels_per_digit × samples, 0 (paper) to 1 (ink)
  std::vector<std::int32_t> labels;  // the digit of each sample, 0 to 9

  std::int64_t samples() const { return pixels.cols(); }
};

// Reads lines of 64 pixels (whole numbers, 0 to 16) and the digit, separated by commas. Throws
// UserError that names the file, the line, the fault and the remedy.
Digits read_digits(const std::filesystem::path& path);

}  // namespace evenkeel::digits

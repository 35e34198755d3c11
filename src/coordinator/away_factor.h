// How many times as long steps take on workers whose host does not hold the data.
#pragma once

#include <algorithm>
#include <cmath>

namespace evenkeel {

// The mean of what reports say, in logarithms: the first of them counts at once, the later ones
// less and less, down to a least weight, as it may change.
class AwayFactor {
 public:
  // `ratio`: how long steps took, over how long they would have at home.
  void observe(double ratio) {
    if (!(ratio > 0)) return;
    if (has_seen_) weight_ = std::max(least_weight, weight_ / (1 + weight_));
    const double log = std::clamp(std::log(ratio), 0.0, std::log(most));
    log_ += weight_ * (log - log_);
    value_ = std::exp(log_);
    has_seen_ = true;
  }

  double value() const { return value_; }

 private:
  static constexpr double least_weight = 1.0 / 32;
  static constexpr double most = 1e3;

  double log_ = 0;
  double value_ = 1;
  double weight_ = 1;  // of the last report
  bool has_seen_ = false;
};

}  // namespace evenkeel

// How many times as long steps take on workers whose host does not hold the data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/per_worker.h"

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
  bool is_known() const { return has_seen_; }

 private:
  static constexpr double least_weight = 1.0 / 32;
  static constexpr double most = 1e3;

  double log_ = 0;
  double value_ = 1;
  double weight_ = 1;  // of the last report
  bool has_seen_ = false;
};

// Of each worker. A file that costs other than declared seems to be far or near: to a worker that
// was measured in another such file, by another factor than to the others.
class AwayFactors {
 public:
  explicit AwayFactors(std::int32_t workers) : workers_(workers) {}

  void observe(WorkerIndex worker, double ratio) {
    if (of_.empty()) of_ = PerWorker<AwayFactor>(workers_);
    of_[worker].observe(ratio);
    usual_.observe(ratio);
  }

  // Of workers of which nothing is known: what is usual.
  double of(WorkerIndex worker) const {
    return !of_.empty() && of_[worker].is_known() ? of_[worker].value() : usual_.value();
  }
  double usual() const { return usual_.value(); }

 private:
  std::int32_t workers_;
  PerWorker<AwayFactor> of_;  // empty: no report yet
  AwayFactor usual_;
};

}  // namespace evenkeel

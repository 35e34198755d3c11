// The last few of a long series of times, and their quantiles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace evenkeel {

class RecentTimes {
 public:
  explicit RecentTimes(std::size_t kept) : kept_(kept) { seconds_.reserve(kept); }

  void add(double seconds) {
    if (seconds_.size() < kept_) {
      seconds_.push_back(seconds);
    } else {
      seconds_[next_] = seconds;
    }
    next_ = (next_ + 1) % kept_;
  }

  bool empty() const { return seconds_.empty(); }

  // 0 ≤ share < 1: 0.5 is the median; 0 if there are none.
  double quantile(double share) const {
    if (seconds_.empty()) return 0;
    std::vector<double> sorted = seconds_;
    const auto place = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place),
                     sorted.end());
    return sorted[place];
  }

 private:
  std::size_t kept_;
  std::size_t next_ = 0;
  std::vector<double> seconds_;
};

}  // namespace evenkeel

#include "balance/capacity_timeline.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr std::size_t bin_count = 1024;

}  // namespace

CapacityTimeline::CapacityTimeline() : bins_(bin_count, 0.0) {}

void CapacityTimeline::add(Instant from, Instant to, double rate) {
  if (to <= from || rate <= 0) return;
  double begin_s = std::max(0.0, to_seconds(from));
  const double end_s = to_seconds(to);
  make_room_for(end_s);
  end_s_ = std::max(end_s_, end_s);
  auto bin = static_cast<std::size_t>(begin_s / bin_s_);
  while (begin_s < end_s && bin < bins_.size()) {
    const double bin_end_s = std::min(end_s, static_cast<double>(bin + 1) * bin_s_);
    bins_[bin] += std::max(0.0, bin_end_s - begin_s) * rate;
    begin_s = bin_end_s;
    ++bin;
  }
}

double CapacityTimeline::time_of_s(double cost) const {
  double sum = 0;
  for (std::size_t bin = 0; bin < bins_.size(); ++bin) {
    const double begin_s = static_cast<double>(bin) * bin_s_;
    if (begin_s >= end_s_) break;
    if (bins_[bin] > 0 && sum + bins_[bin] >= cost) {
      const double length_s = std::min(bin_s_, end_s_ - begin_s);
      return begin_s + (cost - sum) / bins_[bin] * length_s;
    }
    sum += bins_[bin];
  }
  return sum > 0 ? end_s_ * cost / sum : 0;
}

void CapacityTimeline::make_room_for(double end_s) {
  while (end_s >= bin_s_ * static_cast<double>(bins_.size())) {
    for (std::size_t bin = 0; bin < bins_.size() / 2; ++bin) {
      bins_[bin] = bins_[2 * bin] + bins_[2 * bin + 1];
    }
    std::fill(bins_.begin() + static_cast<std::ptrdiff_t>(bins_.size() / 2), bins_.end(), 0.0);
    bin_s_ *= 2;
  }
}

}  // namespace evenkeel

#include "balance/work_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace evenkeel {
namespace {

// Of two parts, the larger one has to be so many times as large to tell how work goes on. Nearer
// ones may differ by noise, or lie on the same stair.
constexpr double apart = 2;

// Beyond the measured parts no more than this share of the work is taken for fixed, so that smaller
// parts are tried.
constexpr double most_fixed = 0.9;

// Where work grows by more than this power of the part, it jumps.
constexpr double steepest = 3;

// Extrapolation goes up by this share of what is in proportion, at least.
constexpr double least_slope = 0.5;

}  // namespace

void WorkCurve::set(const std::vector<MeasuredPart>& parts, bool looks_for_tiles) {
  parts_ = parts;
  if (looks_for_tiles) tiles_ = find_tiles(parts_);
  ascend();
}

double WorkCurve::work(double micro_batches) const {
  if (parts_.empty()) return micro_batches;
  const auto at = std::lower_bound(
      parts_.begin(), parts_.end(), micro_batches,
      [](const MeasuredPart& part, double other) { return part.micro_batches < other; });
  if (at != parts_.end() && at->micro_batches == micro_batches) return at->work;
  if (!tiles_) return on_lines(micro_batches, static_cast<std::size_t>(at - parts_.begin()));
  double work = tiles_->work(micro_batches);
  if (at != parts_.end()) work = std::min(work, at->work);
  if (at != parts_.begin()) work = std::max(work, std::prev(at)->work);
  return work;
}

double WorkCurve::on_lines(double micro_batches, std::size_t next) const {
  if (next == 0) return before_first(micro_batches);
  if (next == parts_.size()) return after_last(micro_batches);
  const MeasuredPart& low = parts_[next - 1];
  const MeasuredPart& high = parts_[next];
  const double share =
      (micro_batches - low.micro_batches) / (high.micro_batches - low.micro_batches);
  const bool jumps =
      std::log(high.work / low.work) > steepest * std::log(high.micro_batches / low.micro_batches);
  if (jumps) return share <= 0.5 ? low.work : high.work;
  return low.work + share * (high.work - low.work);
}

double WorkCurve::before_first(double micro_batches) const {
  const MeasuredPart& first = parts_.front();
  double fixed = 0;
  const auto other = std::ranges::find_if(parts_, [&first](const MeasuredPart& part) {
    return part.micro_batches >= apart * first.micro_batches;
  });
  if (other != parts_.end()) {
    const double slope = (other->work - first.work) / (other->micro_batches - first.micro_batches);
    fixed = std::clamp(first.work - slope * first.micro_batches, 0.0, most_fixed * first.work);
  }
  return fixed + (first.work - fixed) * micro_batches / first.micro_batches;
}

double WorkCurve::after_last(double micro_batches) const {
  const MeasuredPart& last = parts_.back();
  double slope = last.work / last.micro_batches;
  const auto other =
      std::find_if(parts_.rbegin(), parts_.rend(), [&last](const MeasuredPart& part) {
        return last.micro_batches >= apart * part.micro_batches;
      });
  if (other != parts_.rend()) {
    slope = std::max(least_slope * slope,
                     (last.work - other->work) / (last.micro_batches - other->micro_batches));
  }
  return last.work + slope * (micro_batches - last.micro_batches);
}

std::int64_t WorkCurve::most_within(double work, std::int64_t most) const {
  std::int64_t low = 0;
  std::int64_t high = most;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (this->work(static_cast<double>(middle)) <= work) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// Neighbours of which the larger is less work are pooled: their mean, by certainty.
void WorkCurve::ascend() {
  for (std::size_t end = 1; end < parts_.size(); ++end) {
    double sum = parts_[end].work * parts_[end].certainty;
    double certainty = parts_[end].certainty;
    std::size_t begin = end;
    while (begin > 0 && parts_[begin - 1].work * certainty > sum) {
      --begin;
      sum += parts_[begin].work * parts_[begin].certainty;
      certainty += parts_[begin].certainty;
    }
    for (std::size_t i = begin; begin < end && i <= end; ++i) {
      parts_[i].work = sum / certainty;
    }
  }
}

}  // namespace evenkeel

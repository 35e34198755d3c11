#include "balance/stand_in.h"

#include <algorithm>

namespace evenkeel {
namespace {

// By so much the first comparison may miss what is possible: steps are noisy.
constexpr double slack = 1.25;

}  // namespace

double StandIn::saw(double micro_batches, double seconds, double micro_batch_s) {
  if (!is_compared_) {
    const double least = std::min(1.0, 1 / micro_batches);
    const double most = std::max(1.0, 1 / micro_batches);
    const double ratio = micro_batch_s / seconds;
    is_certain_ = least == most || (least <= ratio * slack && ratio <= most * slack);
    ratio_ = is_certain_ ? std::clamp(ratio, least, most) : most;
    is_compared_ = true;
  }
  return ratio_ * seconds;
}

}  // namespace evenkeel

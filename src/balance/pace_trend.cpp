#include "balance/pace_trend.h"

#include <algorithm>

#include "balance/forgetting.h"

namespace evenkeel {
namespace {

const Forgetting memory(16);

// The prior: one step without a slope, over this many steps. Two or three steps do not show a
// trend.
constexpr double prior_spread_steps = 8;

constexpr double least_change = 0.5;
constexpr double most_change = 2;

}  // namespace

void PaceTrend::observe(double steps, double cost, double seconds) {
  const double kept = memory.kept(steps);
  // Ages the earlier steps by this many steps.
  kk_cost_ = kept * (kk_cost_ - 2 * steps * k_cost_ + steps * steps * cost_);
  k_cost_ = kept * (k_cost_ - steps * cost_);
  k_seconds_ = kept * (k_seconds_ - steps * seconds_);
  steps_ *= kept;
  cost_ *= kept;
  seconds_ *= kept;

  add(steps, cost, seconds);
  const double k = (1 - steps) / 2;  // the middle of the steps, the last of which is at 0
  k_cost_ += k * cost;
  k_seconds_ += k * seconds;
  kk_cost_ += k * k * cost;
}

void PaceTrend::add(double steps, double cost, double seconds) {
  steps_ += steps;
  cost_ += cost;
  seconds_ += seconds;
}

void PaceTrend::rescale(double units) {
  cost_ *= units;
  k_cost_ *= units;
  kk_cost_ *= units;
}

double PaceTrend::next() const {
  const double k = k_cost_ / cost_;
  const double spread = std::max(0.0, kk_cost_ / cost_ - k * k);
  const double covariance = k_seconds_ / cost_ - k * mean();
  const double prior = prior_spread_steps * prior_spread_steps / steps_;
  const double slope = covariance / (spread + prior);
  return std::clamp(mean() + slope * (1 - k), least_change * mean(), most_change * mean());
}

}  // namespace evenkeel

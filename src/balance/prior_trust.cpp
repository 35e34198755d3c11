#include "balance/prior_trust.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {
namespace {

// The prior counts as much as two measured workers of which one is twice as fast.
constexpr double weight_of_prior = 0.25;

constexpr double most_times_the_mean = 16;

}  // namespace

void PriorTrust::add(double prior, double measured) {
  const double x = std::log(prior);
  const double y = std::log(measured);
  ++workers_;
  x_ += x;
  y_ += y;
  xx_ += x * x;
  xy_ += x * y;
}

double PriorTrust::exponent() const {
  if (workers_ < 2) return 1;
  const double variation = std::max(0.0, xx_ - x_ * x_ / workers_);
  const double covariation = xy_ - x_ * y_ / workers_;
  const double slope = (covariation + weight_of_prior) / (variation + weight_of_prior);
  return std::clamp(slope, 0.0, 1.0);
}

PerWorker<double> plausible_speeds(PerWorker<double> prior) {
  double logarithms = 0;
  for (const double speed : prior) logarithms += std::log(speed);
  const double mean = std::exp(logarithms / static_cast<double>(std::max(1, prior.size())));
  for (double& speed : prior) speed = std::min(speed, most_times_the_mean * mean);
  return prior;
}

}  // namespace evenkeel

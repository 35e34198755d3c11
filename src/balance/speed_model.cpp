#include "balance/speed_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr double memory_steps = 48;
constexpr double noise_memory_reports = 16;
constexpr double least_change = 0.10;
constexpr double change_sigmas = 2.5;
// A deviation as large as this on average may need fewer reports.
constexpr double large_change = 0.5;
// With costs that vary by this share of their mean, data and prior weigh the same in the slope.
constexpr double prior_variation = 0.1;
// A residual counts for the noise up to this: a rare stall is not a noisy device.
constexpr double largest_residual = 1.0;

}  // namespace

void SpeedModel::Sums::forget(double factor) {
  steps *= factor;
  x *= factor;
  t *= factor;
  xx *= factor;
  xt *= factor;
}

void SpeedModel::Sums::add(double more, double step_cost, double step_s) {
  steps += more;
  x += more * step_cost;
  t += more * step_s;
  xx += more * step_cost * step_cost;
  xt += more * step_cost * step_s;
}

void SpeedModel::Sums::add(const Sums& other) {
  steps += other.steps;
  x += other.x;
  t += other.t;
  xx += other.xx;
  xt += other.xt;
}

std::optional<SpeedChange> SpeedModel::observe(std::int32_t steps, double cost, double busy_s) {
  EVENKEEL_CHECK(steps >= 1 && cost > 0);
  if (warmup_steps_left_ > 0) {
    warmup_steps_left_ -= steps;
    return std::nullopt;
  }
  const double count = steps;
  // A clock that did not move between two readings still leaves a positive time.
  const double step_s = std::max(busy_s, 1e-9) / count;
  const double step_cost = cost / count;
  const double forgetting = std::exp(-count / memory_steps);
  if (!measured()) {
    recent_.add(count, step_cost, step_s);
    fit();
    return std::nullopt;
  }

  const double residual = step_s / seconds(1, step_cost) - 1;
  const double threshold = std::max(least_change, change_sigmas * noise() / std::sqrt(count));
  const bool deviates = std::abs(residual) >= threshold;
  const bool same_direction = deviating_reports_ == 0 || residual * direction_ > 0;
  if (deviates && same_direction) {
    direction_ = residual;
    deviating_.add(count, step_cost, step_s);
    deviating_squares_ += count * residual * residual;
    ++deviating_reports_;
    const bool is_large = std::abs(deviating_.t / seconds(deviating_.steps, deviating_.x) - 1) >=
                          std::max(large_change, 2 * threshold);
    if (deviating_reports_ < (is_large ? large_change_reports_ : change_reports)) {
      return std::nullopt;
    }
    const double before = rate(step_cost);
    const int reports = std::exchange(deviating_reports_, 0);
    recent_ = deviating_;
    deviating_ = Sums();
    deviating_squares_ = 0;
    fit();
    return SpeedChange{before, rate(step_cost), reports};
  }

  if (deviating_reports_ > 0) {  // it did not last: noise after all
    const double reports = deviating_reports_;
    for (int i = 0; i < deviating_reports_; ++i) {
      learn_noise(std::sqrt(deviating_squares_ / reports), 1);
    }
    recent_.add(deviating_);
    deviating_ = Sums();
    deviating_reports_ = 0;
    deviating_squares_ = 0;
  }
  recent_.forget(forgetting);
  recent_.add(count, step_cost, step_s);
  learn_noise(residual, count);
  fit();
  return std::nullopt;
}

double SpeedModel::noise() const { return std::sqrt(variance_); }

void SpeedModel::learn_noise(double residual, double steps) {
  const double limited = std::min(std::abs(residual), largest_residual);
  variance_ += (steps * limited * limited - variance_) / noise_memory_reports;
}

void SpeedModel::fit() {
  const double x = recent_.x / recent_.steps;
  const double t = recent_.t / recent_.steps;
  const double variance = std::max(0.0, recent_.xx / recent_.steps - x * x);
  const double covariance = recent_.xt / recent_.steps - x * t;
  const double proportional = t / x;  // the slope if there is no overhead
  const double prior = prior_variation * prior_variation * x * x;
  const double slope = (covariance + prior * proportional) / (variance + prior);
  pace_ = std::clamp(slope, 0.0, proportional);
  overhead_s_ = std::max(0.0, t - pace_ * x);
}

}  // namespace evenkeel

#include "balance/pooled_speeds.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {
namespace {

// Beforehand, workers are taken to differ as two do of which one is twice as fast: that counts as
// much as one worker more.
constexpr double variance_beforehand = 0.24;
constexpr double workers_beforehand = 1;

// Of a step, relative: a worker that has changed does not make all steps noisy.
constexpr double largest_variance = 0.5;

// Slower than usual by chance is a worker by so many standard errors.
constexpr double most_sigmas = 2;

}  // namespace

void PooledSpeeds::add_error(double ratio, double steps, double known_steps) {
  const double error = std::log(ratio);
  error_squares_ += std::min(largest_variance, error * error / (1 / steps + 1 / known_steps));
  ++errors_;
}

void PooledSpeeds::begin_review() {
  next_review_ = std::max(least_errors, 2 * errors_);
  workers_ = x_ = xx_ = chance_ = 0;
}

void PooledSpeeds::add(double pace, double steps) {
  const double x = std::log(pace);
  ++workers_;
  x_ += x;
  xx_ += x * x;
  chance_ += 1 / steps;
}

void PooledSpeeds::end_review() {
  if (workers_ == 0 || errors_ < least_errors) return;
  step_variance_ = error_squares_ / static_cast<double>(errors_);
  const double chance = step_variance_ * chance_ / workers_;
  const double mean = x_ / workers_;
  const double apart = std::max(0.0, xx_ - mean * x_) - (workers_ - 1) * chance;
  pace_variance_ = std::max(0.0, apart + workers_beforehand * variance_beforehand) /
                   (workers_ - 1 + workers_beforehand);
  usual_pace_ = std::exp(mean + chance / 2);  // the mean of a log-normal distribution
}

double PooledSpeeds::expected(double pace, double steps) const {
  if (usual_pace_ == 0) return pace;
  const double chance = step_variance_ / steps;
  const double share = chance / (chance + pace_variance_);
  const double nearer = share * (pace - usual_pace_);
  return pace - std::min(nearer, most_sigmas * std::sqrt(chance) * usual_pace_);
}

}  // namespace evenkeel

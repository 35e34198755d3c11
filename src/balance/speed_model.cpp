#include "balance/speed_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "balance/forgetting.h"
#include "core/check.h"

namespace evenkeel {
namespace {

constexpr double noise_memory_reports = 16;
constexpr double least_change = 0.10;
constexpr double change_sigmas = 2.5;
// Where every step counts, reports that deviate are a change once so many stalls in a row, as often
// as they occur, would hardly be chance: usually after three. If the mean deviation is this large,
// one fewer suffices: while a worker is taken for much faster than it is, all others wait for it in
// every step, and a plan made for a slow worker that is not slow costs little.
constexpr double credible_chance = 1e-5;
constexpr double large_change = 0.5;
constexpr float stall_memory_reports = 100;
// If costs vary by this share of their mean, data and prior weigh the same in the slope.
constexpr double prior_variation = 0.1;
// How much better a shorter memory has to predict: noise alone may favour it for a while.
constexpr double least_better = 0.8;
// An expert's loss is capped at an error of this many times the noise; and the noise is at least
// least_noise.
constexpr double largest_error_sigmas = 2;
constexpr double least_sigma = 1e-3;
// A residual counts for the noise up to this: a rare stall does not make a device noisy.
constexpr double largest_residual = 1.0;
// Where every step counts, a time counts up to so many sigmas above what was expected, or up to
// what may be a change. Nothing makes a step much shorter than it usually is.
constexpr double credible_sigmas = 1.5;

const std::array<Forgetting, 3> forgetting{Forgetting(48), Forgetting(7), Forgetting(1)};

// Adds a residual, the mean of several steps, to a moving variance of single steps.
double variance_gain(double variance, double residual, double steps) {
  const double limited = std::min(std::abs(residual), largest_residual);
  return (steps * limited * limited - variance) / noise_memory_reports;
}

}  // namespace

std::optional<SpeedChange> SpeedModel::observe(std::int32_t steps, double cost, double busy_s,
                                               double usual_noise) {
  EVENKEEL_CHECK(steps >= 1 && cost > 0);
  if (warmup_steps_left_ > 0) {
    warmup_steps_left_ -= steps;
    return std::nullopt;
  }
  const double count = steps;
  // If the clock did not advance between two readings, assume a positive time.
  const double step_s = std::max(busy_s, 1e-9) / count;
  const double step_cost = cost / count;
  const Moments report = Moments::of(count, step_cost, step_s);
  if (!measured()) {
    start_from(report);
    return std::nullopt;
  }

  const double residual = step_s / seconds(1, step_cost) - 1;
  const double sigma = noise_beside(usual_noise) / std::sqrt(count);
  const double threshold = std::max(least_change, change_sigmas * sigma);
  const bool deviates = std::abs(residual) >= threshold;
  const bool same_direction = deviating_reports_ == 0 || residual * direction_ > 0;
  if (deviates && same_direction) {
    direction_ = residual > 0 ? 1 : -1;
    deviating_.add(report);
    deviating_squares_ += count * residual * residual;
    ++deviating_reports_;
    if (!is_believed(threshold)) return std::nullopt;
    const double before = rate(step_cost);
    const int reports = std::exchange(deviating_reports_, 0);
    start_from(std::exchange(deviating_, Moments()));
    deviating_squares_ = 0;
    return SpeedChange{before, rate(step_cost), reports};
  }

  const double credible_s = credible_time(step_s, seconds(1, step_cost), count);
  end_deviation();
  if (predictor_ == PredictorKind::mixture) weigh_experts(count, step_cost, credible_s);
  remember(Moments::of(count, step_cost, credible_s), step_cost, credible_s);
  learn_noise(residual, count);
  fit();
  predict();
  return std::nullopt;
}

void SpeedModel::rescale(double units) {
  if (!measured()) return;
  for (Memory& memory : memories_) memory.sums.rescale(units);
  xx_ *= units * units;
  xt_ *= units;
  trend_.rescale(units);
  deviating_.rescale(units);
  predictions_.last /= units;
  fit_.pace /= units;
  predict();
}

double SpeedModel::doubtful_slowness() const {
  if (deviating_reports_ == 0 || direction_ < 0) return 1;
  return std::max(1.0, deviating_.t / seconds(deviating_.steps, deviating_.x));
}

void SpeedModel::forget_doubts() {
  deviating_ = Moments();
  deviating_reports_ = 0;
  deviating_squares_ = 0;
}

// Reports that deviated before did not last: they were noise.
void SpeedModel::end_deviation() {
  const double expected_s = seconds(deviating_.steps, deviating_.x);
  const bool has_stalled = deviating_.t > (1 + large_change) * expected_s;
  const auto stalls = static_cast<float>(has_stalled ? deviating_reports_ : 0);
  stalls_ += (stalls - stalls_ * (stalls + 1)) / stall_memory_reports;
  if (deviating_reports_ == 0) return;
  deviating_.scale_time(credible_time(deviating_.t, expected_s, deviating_.steps) / deviating_.t);
  const double reports = deviating_reports_;
  for (int i = 0; i < deviating_reports_; ++i) {
    learn_noise(std::sqrt(deviating_squares_ / reports), 1);
  }
  for (Memory& memory : memories_) memory.sums.add(deviating_);
  xx_ += deviating_.xx;
  xt_ += deviating_.xt;
  trend_.add(deviating_.steps, deviating_.x, deviating_.t);
  forget_doubts();
  ask_experts();
}

bool SpeedModel::is_believed(double threshold) const {
  if (goal_ == Goal::all_steps) return deviating_reports_ >= change_reports;
  const double ratio = deviating_.t / seconds(deviating_.steps, deviating_.x);
  const bool is_large =
      std::abs(ratio - 1) >= large_change && std::max(ratio, 1 / ratio) - 1 >= 2 * threshold;
  const int in_a_row = deviating_reports_ + (is_large ? 1 : 0);
  const float chance = direction_ > 0 ? std::max(stalls_, usual_stalls) : usual_stalls;
  return std::pow(static_cast<double>(chance), in_a_row) <= credible_chance;
}

void SpeedModel::start_from(const Moments& moments) {
  const Sums& sums = moments;
  for (Memory& memory : memories_) memory.sums = sums;
  xx_ = moments.xx;
  xt_ = moments.xt;
  predictions_.last = moments.t / moments.x;
  trend_ = PaceTrend();
  trend_.add(moments.steps, moments.x, moments.t);
  fit();
  predict();
}

void SpeedModel::remember(const Moments& report, double step_cost, double step_s) {
  const double steps = report.steps;
  const double fitted_s = fit_.seconds(1, step_cost);
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    Memory& memory = memories_[i];
    const double error = step_s / (scale_of(memory) * fitted_s) - 1;
    memory.variance += variance_gain(memory.variance, error, steps);
    memory.sums.forget(forgetting[i].kept(steps));
    memory.sums.add(report);
  }
  const double kept = forgetting.front().kept(steps);
  xx_ = kept * xx_ + report.xx;
  xt_ = kept * xt_ + report.xt;
  believed_ = 0;
  for (std::size_t i = 1; i < memories_.size(); ++i) {
    if (memories_[i].variance < least_better * memories_[believed_].variance) {
      believed_ = static_cast<std::uint8_t>(i);
    }
  }
  predictions_.last = step_s / step_cost;
  trend_.observe(steps, report.x, report.t);
}

double SpeedModel::noise() const { return std::sqrt(variance_); }

double SpeedModel::noise_beside(double usual_noise) const {
  const double unseen = std::exp(-(known_steps() - 1) / noise_memory_reports);
  return std::sqrt(variance_ + unseen * usual_noise * usual_noise);
}

double SpeedModel::uncertainty() const { return noise() * error_by(predictor_); }

// Standard error of a prediction, in units of the noise; for the mixture an upper bound.
double SpeedModel::error_by(PredictorKind predictor) const {
  switch (predictor) {
    case PredictorKind::last:
      return 1;
    case PredictorKind::mean:
      return 1 / std::sqrt(trend_.steps());
    case PredictorKind::trend:
      return 2 / std::sqrt(trend_.steps());  // at the end of a straight line
    case PredictorKind::affine:
      return 1 / std::sqrt(memories_[believed_].sums.steps);
    case PredictorKind::mixture:
      break;
  }
  double error = 0;
  for (std::size_t i = 0; i < experts.size(); ++i) error += weights_[i] * error_by(experts[i]);
  return error;
}

void SpeedModel::learn_noise(double residual, double steps) {
  variance_ += variance_gain(variance_, residual, steps);
}

double SpeedModel::credible_time(double seconds, double expected_s, double steps) const {
  if (goal_ == Goal::all_steps) return seconds;
  const double off = std::max(least_change, credible_sigmas * noise() / std::sqrt(steps));
  return std::min(seconds, expected_s * (1 + off));
}

void SpeedModel::fit() {
  const Sums& recent = memories_.front().sums;
  const double x = recent.x / recent.steps;
  const double t = recent.t / recent.steps;
  const double variance = std::max(0.0, xx_ / recent.steps - x * x);
  const double covariance = xt_ / recent.steps - x * t;
  const double proportional = t / x;  // the slope without overhead
  const double prior = prior_variation * prior_variation * x * x;
  const double slope = (covariance + prior * proportional) / (variance + prior);
  fit_.pace = std::clamp(slope, 0.0, proportional);
  fit_.overhead_s = std::max(0.0, t - fit_.pace * x);
}

void SpeedModel::predict() {
  ask_experts();
  const bool is_affine = predictor_ == PredictorKind::affine;
  line_ = is_affine ? fit_ : line_by(predictor_);
  scale_ = is_affine ? scale_of(memories_[believed_]) : 1;
}

void SpeedModel::ask_experts() {
  const double scale = scale_of(memories_[believed_]);
  predictions_.mean = trend_.mean();
  predictions_.trend = trend_.next();
  predictions_.affine = {scale * fit_.overhead_s, scale * fit_.pace};
}

SpeedModel::Line SpeedModel::line_by(PredictorKind predictor) const {
  const auto& [last, mean, trend, affine] = predictions_;
  switch (predictor) {
    case PredictorKind::last:
      return {0, last};
    case PredictorKind::mean:
      return {0, mean};
    case PredictorKind::trend:
      return {0, trend};
    case PredictorKind::affine:
      return affine;
    case PredictorKind::mixture:
      break;
  }
  static_assert(experts == std::array{PredictorKind::last, PredictorKind::mean,
                                      PredictorKind::affine, PredictorKind::trend});
  return {weights_[2] * affine.overhead_s, weights_[0] * last + weights_[1] * mean +
                                               weights_[2] * affine.pace + weights_[3] * trend};
}

// By the squares of the relative errors, scaled by the noise so that losses are in [0, 1].
void SpeedModel::weigh_experts(double steps, double step_cost, double step_s) {
  const double largest = largest_error_sigmas * std::max(noise(), least_sigma) / std::sqrt(steps);
  const auto& [last, mean, trend, affine] = predictions_;
  const std::array<double, ExpertWeights::experts> expected_s{
      last * step_cost, mean * step_cost, affine.seconds(1, step_cost), trend * step_cost};
  std::array<double, ExpertWeights::experts> losses{};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const double error = step_s / expected_s[i] - 1;
    losses[i] = std::min(1.0, error * error / (largest * largest));
  }
  weights_.learn(losses);
}

}  // namespace evenkeel

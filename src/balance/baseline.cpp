#include "balance/baseline.h"

#include <cmath>

namespace evenkeel {
namespace {

constexpr double known_error = 0.05;
constexpr double most_cost = 0.01;

// Two steps that happen to take the same time say little about their spread.
constexpr std::int64_t least_measured = 3;

// Where times scatter so widely that their mean is never known, balancing has waited long enough.
constexpr std::int64_t most_measured = 256;

}  // namespace

void Baseline::measure(double step_s) {
  ++measured_;
  const double off_s = step_s - mean_s_;
  mean_s_ += off_s / static_cast<double>(measured_);
  squares_ += off_s * (step_s - mean_s_);
}

bool Baseline::is_known() const {
  if (measured_ < least_measured) return false;
  const auto n = static_cast<double>(measured_);
  return std::sqrt(squares_ / (n - 1) / n) <= known_error * mean_s_;
}

bool Baseline::lasts(std::int64_t first_step, std::optional<double> best_s) {
  if (end_ != undecided) return first_step < end_;
  if (measured_ == 0) return true;
  const bool is_over =
      is_known() || measured_ >= most_measured || (best_s && is_paid(first_step, *best_s));
  if (is_over) end_ = first_step;
  return !is_over;
}

bool Baseline::is_paid(std::int64_t first_step, double best_s) const {
  const auto equal = static_cast<double>(first_step - first_measured_);
  const auto balanced = static_cast<double>(job_end_ - first_step);
  return equal * (mean_s_ - best_s) >= most_cost * (equal * mean_s_ + balanced * best_s);
}

}  // namespace evenkeel

// Seconds per cost unit over the last steps: their mean, and a straight line over time.
//
// Least squares with forgetting, pace = c + b k for the step k steps from now, weighted by cost
// (Brown, Smoothing, Forecasting and Prediction of Discrete Time Series, 1963).
#pragma once

namespace evenkeel {

class PaceTrend {
 public:
  // Adds the latest steps: their number, total cost and total seconds.
  void observe(double steps, double cost, double seconds);

  // Adds steps to the mean only, without a time of their own.
  void add(double steps, double cost, double seconds);

  // From now on costs are measured in a unit that is `units` to an old one.
  void rescale(double units);

  // Both after a first step. next(): for the next step; from half the mean to twice the mean.
  double mean() const { return seconds_ / cost_; }
  double next() const;

  // The number of steps remembered, aged ones counted in part.
  double steps() const { return steps_; }

 private:
  // Σ over steps, weighted by age; k ≤ 0 is how many steps ago a step was.
  double steps_ = 0;
  double cost_ = 0;
  double seconds_ = 0;
  double k_cost_ = 0;
  double k_seconds_ = 0;
  double kk_cost_ = 0;
};

}  // namespace evenkeel

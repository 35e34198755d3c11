// Seconds a cost unit over the last steps: in the mean, and on a straight line over time.
//
// Least squares with forgetting, pace = c + b k for the steps k steps from now, each weighing as
// much as it cost (Brown, Smoothing, Forecasting and Prediction of Discrete Time Series, 1963).
#pragma once

namespace evenkeel {

class PaceTrend {
 public:
  // Takes in the last steps there are: so many, of so much cost and so many seconds in all.
  void observe(double steps, double cost, double seconds);

  // Takes in further ones beside them, at no time of their own.
  void add(double steps, double cost, double seconds);

  // Both after a first step. next(): of the step that comes; at least half the mean, and at most
  // twice.
  double mean() const { return seconds_ / cost_; }
  double next() const;

  // How many there are in memory, as far as they are not forgotten.
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

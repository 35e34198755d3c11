// How long a worker needs for a step of a given cost, learned from its reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "balance/expert_weights.h"
#include "balance/pace_trend.h"
#include "core/option_values.h"

namespace evenkeel {

// A believed change of speed, in cost units a second at the step size seen.
struct SpeedChange {
  double before;
  double after;
  int reports;  // after how many of them it was believed
};

// t(x) = a + x / v seconds for a step of x cost units, as its predictor has it:
// - last, mean, trend: a = 0, and 1 / v is that of the last step, or of the last ones in the mean
//   or on a line over time.
// - affine: least squares with forgetting over the last few dozen steps. As long as all steps cost
//   about the same, a is taken for 0, and the more their costs differ, the more the data decides.
//   Where speed drifts, fewer steps tell more: a and 1 / v are then scaled to what the last few
//   steps took. Which memory is best, the errors of their recent predictions decide.
// - mixture: the mean of all these, weighted by how right each has been.
//
// A deviation of 10 % or more (of the cost-normalised residual, and beyond the noise) that lasts
// for three reports is a change: what was learned before is dropped. Shorter deviations wait,
// and are averaged in as noise once they are over.
class SpeedModel {
 public:
  // `warmup_steps` first steps are not believed. A deviation of 50 % or more may be believed after
  // fewer reports than others.
  explicit SpeedModel(std::int32_t warmup_steps = 0, PredictorKind predictor = usual_predictor,
                      int large_change_reports = change_reports)
      : predictor_(predictor),
        warmup_steps_left_(warmup_steps),
        large_change_reports_(large_change_reports) {}

  // Takes in `steps` ≥ 1 steps of `cost` > 0 cost units and `busy_s` seconds in all.
  std::optional<SpeedChange> observe(std::int32_t steps, double cost, double busy_s);

  bool measured() const { return memories_.front().sums.steps > 0; }

  // Of the steps that it has learned from lately. Precondition: measured().
  double mean_cost() const { return memories_.front().sums.x / memories_.front().sums.steps; }

  // Expected seconds for this many steps of this cost in all. Precondition: measured().
  double seconds(double steps, double cost) const { return scale_ * line_.seconds(steps, cost); }

  // Cost units a second in steps of this cost. Precondition: measured().
  double rate(double step_cost) const { return step_cost / seconds(1, step_cost); }

  // Standard deviation of a step's time, as a share of its mean.
  double noise() const;

  // Standard error of what is expected of a step's time, as a share of it.
  double uncertainty() const;

 private:
  struct Line {
    double overhead_s = 0;  // a
    double pace = 0;        // 1 / v

    double seconds(double steps, double cost) const { return steps * overhead_s + cost * pace; }
  };

  // Sums over steps, weighted by age; x = cost and t = seconds of a step.
  struct Sums {
    double steps = 0;
    double x = 0;
    double t = 0;
    double xx = 0;
    double xt = 0;

    void forget(double factor);
    void add(double steps, double step_cost, double step_s);
    void add(const Sums& other);
  };

  // What was seen lately, over a longer or shorter time.
  struct Memory {
    Sums sums;
    double variance = 0;  // of the relative errors of its predictions
  };

  static constexpr std::array<PredictorKind, ExpertWeights::experts> experts{
      PredictorKind::last, PredictorKind::mean, PredictorKind::affine, PredictorKind::trend};

  double scale_of(const Memory& memory) const;
  Line line_by(PredictorKind predictor) const;
  double error_by(PredictorKind predictor) const;
  void weigh_experts(double steps, double step_cost, double step_s);
  void start_from(const Sums& sums);
  void remember(double steps, double step_cost, double step_s);
  void fit();
  void predict();
  void learn_noise(double residual, double steps);

  static constexpr int change_reports = 3;

  static constexpr std::array<double, 3> memory_steps{48, 7, 1};  // the fit is of the first

  // Those of a few bytes stand together: there is a model per worker.
  PredictorKind predictor_;
  std::uint8_t believed_ = 0;  // of the memories
  std::int32_t warmup_steps_left_;
  std::int32_t large_change_reports_;
  std::int32_t deviating_reports_ = 0;
  Line line_;         // what is predicted,
  double scale_ = 1;  // times this

  Line fit_;
  std::array<Memory, memory_steps.size()> memories_{};
  double last_pace_ = 0;
  PaceTrend trend_;
  ExpertWeights weights_;
  double variance_ = 0;  // of a step's relative residual

  // Reports that deviate in one direction, held back until it is clear what they are.
  Sums deviating_;
  double deviating_squares_ = 0;  // Σ steps × residual², for the noise
  double direction_ = 0;
};

}  // namespace evenkeel

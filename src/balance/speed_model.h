// Learns from a worker's reports how long a step of a given cost takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "balance/expert_weights.h"
#include "balance/pace_trend.h"
#include "core/option_values.h"

namespace evenkeel {

// A confirmed change of speed, in cost units per second at the observed step size.
struct SpeedChange {
  double before;
  double after;
  int reports;  // number of reports until it was confirmed
};

// t(x) = a + x / v seconds for a step of x cost units, depending on the predictor:
// - last, mean, trend: a = 0, and 1 / v is that of the last step, the mean of the last steps, or a
// line over time.
// - affine: least squares with forgetting over the last few dozen steps. While all steps cost about
// the same, a is taken as 0; the more costs differ, the more the data decides. If speed drifts,
// fewer steps predict better: a and 1 / v are then scaled to the last few steps. The errors of
// recent predictions choose the memory.
// - mixture: the mean of all these, weighted by their recent accuracy.
//
// A deviation of at least 10 % (of the cost-normalised residual, and beyond the noise) that lasts
// for three reports is a change: the model then forgets what it learned before. Shorter deviations
// wait, and are averaged in as noise once they are over.
class SpeedModel {
 public:
  // What is to be known of a worker.
  enum class Goal : std::uint8_t {
    all_steps,   // how long many steps take in all: the mean, rare stalls included
    every_step,  // how long it usually takes: all wait in every step for whoever is slowest. What a
                 // step took counts up to a few sigmas above what was expected (Huber, Robust
                 // Estimation of a Location Parameter, 1964). How many reports make a change
                 // depends on how rare stalls are: two suffice where half of the speed is lost
  };

  // Ignores the first `warmup_steps` steps.
  explicit SpeedModel(std::int32_t warmup_steps = 0, PredictorKind predictor = usual_predictor,
                      Goal goal = Goal::all_steps)
      : predictor_(predictor), goal_(goal), warmup_steps_left_(warmup_steps) {}

  // Adds `steps` ≥ 1 steps of `cost` > 0 cost units and `busy_s` seconds in all. The noise of other
  // workers counts as long as this one's is hardly known.
  std::optional<SpeedChange> observe(std::int32_t steps, double cost, double busy_s,
                                     double usual_noise = 0);

  // From now on costs are measured in a unit that is `units` to an old one: steps of the same work
  // are expected to take as long as before.
  void rescale(double units);

  bool measured() const { return memories_.front().sums.steps > 0; }

  // Mean cost of the recent steps. Precondition: measured().
  double mean_cost() const { return memories_.front().sums.x / memories_.front().sums.steps; }

  // Expected total seconds for this many steps of this total cost. Precondition: measured().
  double seconds(double steps, double cost) const { return scale_ * line_.seconds(steps, cost); }

  // Cost units per second in steps of this cost. Precondition: measured().
  double rate(double step_cost) const { return step_cost / seconds(1, step_cost); }

  // The last reports said that steps take this many times as long, at least 1: they are noise, or
  // the worker is slower. Precondition: measured().
  double doubtful_slowness() const;

  // They were neither.
  void forget_doubts();

  // Standard deviation of a step's time, relative to its mean.
  double noise() const;

  // The same, where so much is usual: it counts as long as few steps are known. Precondition:
  // measured().
  double noise_beside(double usual_noise) const;

  // Standard error of a step's expected time, relative to it.
  double uncertainty() const;

  // The number of recent steps that a prediction may rest on. Precondition: measured().
  double known_steps() const { return memories_.front().sums.steps; }

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

    void forget(double factor) {
      steps *= factor;
      x *= factor;
      t *= factor;
    }
    void rescale(double units) { x *= units; }
    void add(const Sums& other) {
      steps += other.steps;
      x += other.x;
      t += other.t;
    }
  };

  // What a line is fitted to.
  struct Moments : Sums {
    double xx = 0;
    double xt = 0;

    static Moments of(double steps, double step_cost, double step_s) {
      const double x = steps * step_cost;
      return {{steps, x, steps * step_s}, x * step_cost, x * step_s};
    }
    void add(const Moments& other) {
      Sums::add(other);
      xx += other.xx;
      xt += other.xt;
    }
    void rescale(double units) {
      Sums::rescale(units);
      xx *= units * units;
      xt *= units;
    }
    void scale_time(double factor) {
      t *= factor;
      xt *= factor;
    }
  };

  // Recent steps, over a longer or shorter time.
  struct Memory {
    Sums sums;
    double variance = 0;  // of the relative errors of its predictions
  };

  static constexpr std::array<PredictorKind, ExpertWeights::experts> experts{
      PredictorKind::last, PredictorKind::mean, PredictorKind::affine, PredictorKind::trend};

  // What each predictor expects: the affine one a line, the others seconds per cost unit alone.
  struct Predictions {
    double last = 0;
    double mean = 0;
    double trend = 0;
    Line affine;
  };

  double scale_of(const Memory& memory) const {
    return memory.sums.t / fit_.seconds(memory.sums.steps, memory.sums.x);
  }
  void ask_experts();
  Line line_by(PredictorKind predictor) const;
  double error_by(PredictorKind predictor) const;
  void weigh_experts(double steps, double step_cost, double step_s);
  void start_from(const Moments& moments);
  void remember(const Moments& report, double step_cost, double step_s);
  void fit();
  void predict();
  void learn_noise(double residual, double steps);
  bool is_believed(double threshold) const;
  void end_deviation();
  double credible_time(double seconds, double expected_s, double steps) const;

  static constexpr int change_reports = 3;
  static constexpr float usual_stalls = 0.02F;

  // Small members are adjacent to save memory: there is a model per worker.
  PredictorKind predictor_;
  Goal goal_;
  std::uint8_t believed_ = 0;  // the index of the chosen memory
  std::int8_t direction_ = 0;  // of the deviating reports: 1 or -1
  std::int32_t warmup_steps_left_;
  std::int32_t deviating_reports_ = 0;
  float stalls_ = usual_stalls;  // the share of recent reports that were slow by half, for once
  Line line_;                    // the prediction
  double scale_ = 1;             // multiplied by this

  Line fit_;
  std::array<Memory, 3> memories_{};  // the longest first, which the fit uses
  double xx_ = 0;                     // of the first memory, for the fit
  double xt_ = 0;
  PaceTrend trend_;
  Predictions predictions_;
  ExpertWeights weights_;
  double variance_ = 0;  // of a step's relative residual

  // Reports that deviate in one direction, held back until a change is confirmed.
  Moments deviating_;
  double deviating_squares_ = 0;  // Σ steps × residual², for the noise
};

}  // namespace evenkeel

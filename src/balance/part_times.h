// Step mode: how long a worker takes for a part of a global batch.
#pragma once

#include <cstdint>
#include <optional>

#include "balance/part_work.h"
#include "balance/speed_model.h"
#include "balance/work_curve.h"

namespace evenkeel {

// Two models compete: a line, fitted to the last steps, and a curve through the times of up to 32
// sizes, all of which a change of speed scales. The line is believed until the curve's predictions
// have been so much better that this is no chance: their log-likelihood ratio is summed up and kept
// within bounds (Page, Continuous Inspection Schemes, 1954).
class PartTimes {
 public:
  // `micro_batch_cost`: in cost units, the mean.
  PartTimes(double micro_batch_cost, std::int32_t warmup_steps, PredictorKind predictor)
      : unit_(micro_batch_cost),
        line_(warmup_steps, predictor, SpeedModel::Goal::every_step),
        pace_(warmup_steps, predictor, SpeedModel::Goal::every_step) {}

  // A step of this cost > 0 took so many seconds > 0. A believed change of speed is returned, in
  // cost units per second: none if a change of the part explains it.
  std::optional<SpeedChange> observe(double cost, double seconds);

  bool measured() const { return line_.measured(); }

  // By how much the last observed step spoke for the curve.
  double new_evidence() const { return new_evidence_; }

  // Whether the curve is believed; more readily if other workers' times are curved.
  bool is_curved(bool others_are) const;

  // Of so many micro-batches. Precondition: measured().
  double seconds(double micro_batches, bool curved) const {
    return curved ? pace_.seconds(1, unit_ * curve_.work(micro_batches))
                  : line_.seconds(1, unit_ * micro_batches);
  }

  // Standard deviation of a step's time, relative to its mean.
  double noise(bool curved) const { return curved ? pace_.noise() : line_.noise(); }

  const SpeedModel& line() const { return line_; }

  // Of the curve: a unit of work takes so long, and every step so long besides.
  const WorkCurve& curve() const { return curve_; }
  double work_s() const { return pace_.seconds(0, unit_); }
  double always_s() const { return pace_.seconds(1, 0); }

 private:
  std::optional<SpeedChange> observe_part(double micro_batches, double seconds);

  double unit_;
  SpeedModel line_;  // of cost
  SpeedModel pace_;  // of work
  PartWork work_;
  WorkCurve curve_;
  double evidence_ = 0;
  double new_evidence_ = 0;
};

}  // namespace evenkeel

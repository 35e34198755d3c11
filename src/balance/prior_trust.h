// How far speeds that were known before the job agree with those that are measured in it.
#pragma once

#include "core/per_worker.h"

namespace evenkeel {

// A first step may be slow for other reasons (compilation, caches), but not much slower than the
// first steps of others.
constexpr double much_slower = 2;

// What is known beforehand is right about the measured workers' ratios in full, in part, or not at
// all; for those that are not measured yet it is believed as far: they are taken to be as fast as
// (prior speed) ^ exponent, in no unit. The exponent is the slope of a line through the logarithms
// (Galton's regression to the mean), between 0 (all are alike) and 1 (the prior holds).
class PriorTrust {
 public:
  // A measured worker: both above 0.
  void add(double prior, double measured);

  double exponent() const;

 private:
  double workers_ = 0;
  double x_ = 0;  // sums of logarithms: the prior's
  double y_ = 0;  // and of what is measured
  double xx_ = 0;
  double xy_ = 0;
};

// The prior speeds, in no unit, none of them more than 16 times their geometric mean: if the others
// had to wait for one worker to do what all could do, no measurement would ever show it.
PerWorker<double> plausible_speeds(PerWorker<double> prior);

}  // namespace evenkeel

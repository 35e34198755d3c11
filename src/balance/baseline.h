// Step mode: how long the first steps of a job are divided equally, so that what balancing gains is
// measured rather than modelled.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace evenkeel {

// It lasts until the time of an equal step is known to 5 % (the standard error of its mean), or the
// equal steps have cost 1 % of the job's expected time more than balanced ones would have; and
// until the first of them has been measured in any case.
class Baseline {
 public:
  // None: the first step is balanced.
  Baseline() = default;

  // Of a job whose last step is the one before `job_end`; steps before `first_measured` are
  // warm-up.
  Baseline(std::int64_t first_measured, std::int64_t job_end)
      : first_measured_(first_measured), job_end_(job_end), end_(undecided) {}

  // Where plans are replayed: the first step that is not divided equally is known.
  void end_at(std::int64_t step) { end_ = step; }

  // An equal step of a whole global batch took so long, after the warm-up.
  void measure(double step_s);

  // Before steps are planned: whether those from `first_step` on are divided equally as well. All
  // before it are planned, and count as done. `best_s`: of a balanced step, if that is known.
  bool lasts(std::int64_t first_step, std::optional<double> best_s);

  // Whether the step is one that is divided equally to be measured.
  bool measures(std::int64_t step) const { return step >= first_measured_ && step < end_; }

  bool is_known() const;

  std::int64_t first_measured() const { return first_measured_; }

  // The first step that is balanced; none yet: undecided.
  static constexpr std::int64_t undecided = std::numeric_limits<std::int64_t>::max();
  std::int64_t end() const { return end_; }

 private:
  bool is_paid(std::int64_t first_step, double best_s) const;

  std::int64_t first_measured_ = 0;
  std::int64_t job_end_ = 0;
  std::int64_t end_ = 0;

  // Of the steps measured (Welford, Note on a Method for Calculating Corrected Sums of Squares and
  // Products, 1962).
  std::int64_t measured_ = 0;
  double mean_s_ = 0;
  double squares_ = 0;  // Σ (time − mean)²
};

}  // namespace evenkeel

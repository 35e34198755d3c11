// How much work a part of a global batch is for a worker, learned apart from the worker's speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "balance/tiles.h"
#include "balance/work_curve.h"

namespace evenkeel {

// What a step takes is the work in its part times the worker's pace. A part's size tells the one,
// time the other: of a size that is known, a step says how fast the worker is now; when the size
// changes, the step after says how much work the new one is. Both are estimated together, in
// logarithms (Kalman, A New Approach to Linear Filtering and Prediction Problems, 1960): a pace
// that drifts, and the work of up to 32 sizes, in units of a micro-batch of the first one.
class PartWork {
 public:
  static constexpr std::size_t most_sizes = 32;

  // A step with so many micro-batches, a whole number, took so many seconds: this size is the
  // present one from now on. Of a new size, `expected` says what is expected.
  void visit(double micro_batches, double seconds, const WorkCurve& expected);

  // Of the present size.
  double work() const { return parts_[at_].work; }

  // The functions below take the present step's seconds, and the relative noise of steps.

  // Whether the step tells how much work a size is that was hardly measured before, and not what
  // the pace is; it has then been taken so. A change of pace right now would be a coincidence.
  bool takes_for_work(double seconds, double noise);

  // Else: what it tells of both. One that is far off tells nothing by itself.
  void learn(double seconds, double noise);

  // The last steps, this one included, are believed to take so many times as long as expected.
  // Whether that is so because of their size, rather than of another pace. If the pace changes
  // again soon, sizes may have been taken for paces before, or the other way round: then nothing
  // is believed any more but the present size.
  enum class Change : std::uint8_t { of_size, of_pace, doubtful };
  Change judge_change(double times, double noise);

  // In ascending order of their size.
  const std::vector<MeasuredPart>& parts() const { return parts_; }

  // Whether the present size is known by a few steps only.
  bool is_new() const;

 private:
  double& covariance(std::size_t i, std::size_t j) { return covariance_[i * state_.size() + j]; }
  double covariance(std::size_t i, std::size_t j) const {
    return covariance_[i * state_.size() + j];
  }
  void start_with(double micro_batches, double seconds);
  void insert(std::size_t at, double micro_batches, double work);
  void erase(std::size_t at);
  std::size_t least_useful() const;
  bool is_plausible(double ln_work, double noise) const;
  void update(double off, double variance);

  std::vector<MeasuredPart> parts_;
  std::vector<std::int32_t> steps_;  // of each
  std::vector<double> state_;        // logarithms: the pace in seconds, then the work of each
  std::vector<double> covariance_;
  std::size_t at_ = 0;                   // the present size
  std::int32_t steps_since_switch_ = 0;  // to this size
  std::int32_t steps_since_change_ = 0;  // of pace
  bool was_new_ = false;                 // at the switch
};

}  // namespace evenkeel

// How much of the differences between measured speeds is chance, and which speeds are to be
// expected in spite of it.
#pragma once

#include <cmath>
#include <cstdint>

namespace evenkeel {

// Of many workers that have done a step or two, those that seem the fastest have mostly been lucky:
// relied on, they keep all others waiting. So a speed that rests on few steps is taken to be nearer
// to what is usual, as far as steps vary and workers do not (empirical Bayes: James & Stein 1961).
// A worker that is slower than chance explains stays slow (limited translation: Efron & Morris
// 1972).
//
// A pace is seconds per cost unit, relative to what was known of the worker beforehand.
class PooledSpeeds {
 public:
  // So many steps took `ratio` > 0 times as long as was expected from `known_steps`.
  void add_error(double ratio, double steps, double known_steps);

  // Twice as much is known as at the last review: now each measured worker is to be added.
  bool is_review_due() const { return errors_ >= next_review_; }
  void begin_review();
  void add(double pace, double steps);
  void end_review();

  // The pace to be expected of a worker that was measured to have this one in so many steps. It
  // depends on the last review alone.
  double expected(double pace, double steps) const;

  // Standard deviation of a step's time, relative to it.
  double step_noise() const { return std::sqrt(step_variance_); }

 private:
  static constexpr std::int64_t least_errors = 4;

  std::int64_t errors_ = 0;
  std::int64_t next_review_ = least_errors;
  double error_squares_ = 0;  // of single steps

  double workers_ = 0;  // of the review, and sums over them:
  double x_ = 0;        // logarithms of paces
  double xx_ = 0;
  double chance_ = 0;  // the variance that chance adds, per noise of a step

  double usual_pace_ = 0;     // 0: nothing is known yet
  double step_variance_ = 0;  // relative, of a worker's steps
  double pace_variance_ = 0;  // relative, of what workers are apart from chance
};

}  // namespace evenkeel

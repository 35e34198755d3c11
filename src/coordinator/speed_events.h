// Step mode: what a change of speed cost, from the step in which it began until the division
// answered it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "balance/speed_model.h"
#include "coordinator/outputs.h"

namespace evenkeel {

class SpeedEvents {
 public:
  explicit SpeedEvents(std::int64_t first_step = 0) : done_(first_step), first_step_(first_step) {}

  // The steps before this one are the baseline.
  void balanced_from(std::int64_t step) { first_balanced_ = step; }

  // In the report of this step, the worker's speed was found to have changed.
  void changed(Instant now, Rank rank, const SpeedChange& change, std::int64_t step);

  // A new division holds from this step on; its steps should take `expected_s`.
  void divided(std::int64_t first_step, double expected_s);

  // The next step is done: how long it took. Events whose cost is known by now are appended.
  void done(double step_s, std::vector<Event>& settled);

  // Takes away those that no division has answered: none will.
  std::vector<Event> take_unanswered();

  // Takes away all that are left: the job is over.
  std::vector<Event> take_all();

 private:
  struct Open {
    Event event;
    std::int64_t answered_at = -1;  // the first step of the division; -1: none yet
    double expected_s = 0;
  };

  // In the steps [first, end), all of them done.
  double lost_since(std::int64_t first, std::int64_t end, double expected_s) const;

  static constexpr std::size_t remembered = 4096;

  std::vector<Open> open_;
  std::deque<double> step_s_;  // of the last steps done
  std::int64_t done_;
  std::int64_t first_step_;
  std::int64_t first_balanced_ = 0;
};

}  // namespace evenkeel

// A job of step mode without messages: a planner, and workers whose times are given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "balance/step_planner.h"
#include "core/random.h"

namespace evenkeel {

struct StepLoop {
  // How long the worker takes for so many micro-batches, of which it has some, in a step that
  // begins now; and by what its time in that step is multiplied, which nobody can foresee.
  std::function<double(WorkerIndex worker, std::int64_t count, double now_s)> usual_s;
  std::function<double(Random& random)> noise = [](Random&) { return 1.0; };
  std::function<double(std::int64_t step)> pause_s = [](std::int64_t) { return 0.0; };  // of all
  StepPlannerOptions options;
  std::int64_t steps = 300;
  std::int64_t lead_steps = 1;  // a step is planned before so many others are done

  struct Result {
    std::vector<double> step_s;
    std::vector<double> oracle_step_s;  // if each were divided by the usual times of its moment
    PerWorker<std::int64_t> counts;     // of the last step

    // What the steps from this one on took, as a multiple of the oracle's.
    double ratio(std::size_t from = 0) const;
  };
  Result run(std::uint64_t seed) const;

 private:
  PerWorker<std::int64_t> best_counts(double now_s) const;
  double step_s(const PerWorker<std::int64_t>& counts, const PerWorker<double>& factors,
                double now_s) const;
};

}  // namespace evenkeel

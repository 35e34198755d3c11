// Step mode: how many micro-batches of a global batch each worker takes, so that all of them reach
// the all-reduce together.
#pragma once

#include <cstdint>

#include "balance/work_curve.h"
#include "core/per_worker.h"

namespace evenkeel {

// What a worker needs for a step: fixed_s + count × micro_batch_s seconds, or what the curve says,
// and for a count of 0 its stand-in alone, if it has one.
struct StepSpeed {
  double fixed_s = 0;        // at least 0
  double micro_batch_s = 0;  // above 0; both are finite
  std::int64_t least = 0;    // micro-batches that it has to take, 0 ≤ least ≤ most
  std::int64_t most = 0;     // and may take; any large number is no limit

  // If there is a curve, it tells what a step needs: always_s + work × work_s; the line above is
  // only near to that.
  const WorkCurve* curve = nullptr;
  double always_s = 0;  // at least 0
  double work_s = 0;    // above 0

  double stand_in_s = 0;  // in place of a count of 0

  double step_s(std::int64_t count) const {
    if (count == 0) return stand_in_s;
    const auto micro_batches = static_cast<double>(count);
    return curve == nullptr ? fixed_s + micro_batches * micro_batch_s
                            : always_s + curve->work(micro_batches) * work_s;
  }
};

// Counts that sum to `micro_batches` and minimise the longest step: exact. Of several such, those
// that come of dealing the micro-batches one by one, each to the worker whose step would then be
// the shortest, ties to the lower index. O(workers × log).
// Preconditions: Σ least ≤ micro_batches ≤ Σ most, and micro_batches × workers < 2^63.
PerWorker<std::int64_t> allocate_step(const PerWorker<StepSpeed>& workers,
                                      std::int64_t micro_batches);

// The longest of the workers' steps, in seconds.
double longest_step_s(const PerWorker<StepSpeed>& workers, const PerWorker<std::int64_t>& counts);

}  // namespace evenkeel

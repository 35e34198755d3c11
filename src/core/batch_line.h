// Step mode: which samples each step takes. Step s of an epoch is the global batch of positions
// [s × B, (s + 1) × B), whatever the number of workers or their speeds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/interval.h"
#include "core/types.h"

namespace evenkeel {

// Steps are numbered through the whole job, from 0.
struct BatchLine {
  std::int64_t samples = 1;       // of one epoch
  std::int64_t global_batch = 1;  // B ≤ samples
  std::int64_t micro_batch = 1;   // samples; divides B. Workers take whole micro-batches
  bool keeps_last = true;         // an epoch ends with a partial batch, if B does not divide it
  std::int64_t steps = 1;         // of the job: the first step that is not part of it
  std::int64_t first_step = 0;    // where it begins; above 0 if it continues another job

  std::int64_t own_steps() const { return steps - first_step; }

  std::int64_t steps_an_epoch() const {
    return keeps_last ? (samples + global_batch - 1) / global_batch : samples / global_batch;
  }
  Pass pass(std::int64_t step) const {
    return pass_of(static_cast<std::int32_t>(step / steps_an_epoch()));
  }
  Interval batch(std::int64_t step) const {
    const std::int64_t begin = step % steps_an_epoch() * global_batch;
    const std::int64_t end = begin + global_batch < samples ? begin + global_batch : samples;
    return {Position(begin), Position(end)};
  }

  std::int64_t micro_batches() const { return global_batch / micro_batch; }

  // A worker's part of a batch: `count` micro-batches after `before` others, as in a whole batch. A
  // partial batch is divided in the same proportions: parts have no gaps or overlaps, and none is
  // larger than in a whole batch.
  Interval part(Interval batch, std::int64_t before, std::int64_t count) const;

  // Samples in the first so many steps.
  std::int64_t samples_in(std::int64_t first_steps) const {
    const std::int64_t each = keeps_last ? samples : samples / global_batch * global_batch;
    return first_steps / steps_an_epoch() * each + first_steps % steps_an_epoch() * global_batch;
  }
};

// Positions of a batch, in ascending order, as intervals; neighbours are merged.
std::vector<Interval> intervals_of(Interval batch, std::span<const std::uint32_t> places);

}  // namespace evenkeel

// Random jobs on random clusters, and the same with a slower worker added.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataset/dataset.h"
#include "simulation/simulation.h"

namespace evenkeel {

// A lease-mode job without noise, drawn from a seed: 1–16 workers, of which the slowest may be 20
// times as slow as the fastest, 1–60 epochs of one step to hundreds, with and without overlap, at a
// latency of 50 µs or 20 ms; and one worker more, anywhere among them, that is 1–100 times as slow
// as the slowest.
struct AddedWorker {
  explicit AddedWorker(std::uint64_t seed);

  std::uint64_t seed;
  CoordinatorOptions options;  // but for the number of workers
  Dataset dataset;
  ClusterProfile without;
  ClusterProfile with;
  std::size_t added = 0;    // where it is among the workers
  double times_slower = 1;  // than the slowest

  // What the added worker needs for a step.
  double step_s() const;

  // By how much it may lengthen the job: by the step that teaches its speed, and a round trip more
  // at the end. Where an epoch has fewer steps than there are workers, these are taught one after
  // the other, in an order that it changes: by what all these first steps take.
  double tolerance_s() const;

  // The same where late steps are copied: a copy begins once the step has lasted half as long again
  // as the copy will; 1.5 s if all workers that could make it have done no step so far.
  double copy_s() const;
};

struct AddedWorkerOutcome {
  double without_s = 0;  // makespans
  double with_s = 0;
  std::int64_t steps = 0;  // of the added worker
};

AddedWorkerOutcome run(const AddedWorker& job);

}  // namespace evenkeel

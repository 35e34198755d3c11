// Random jobs on random clusters, and the same with a slower worker added.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataset/dataset.h"
#include "simulation/simulation.h"

namespace evenkeel {

// A lease-mode job without noise, drawn from a seed: 1–16 workers, up to 20 times as slow as the
// fastest, 1–60 epochs of one step to hundreds, with and without overlap, at 50 µs or 20 ms; and
// one worker more, somewhere among them, that is 1–100 times as slow as the slowest.
struct AddedWorker {
  explicit AddedWorker(std::uint64_t seed);

  std::uint64_t seed;
  CoordinatorOptions options;  // but for the number of workers
  Dataset dataset;
  ClusterProfile without;
  ClusterProfile with;
  std::size_t added = 0;  // where it is among the workers

  // What the added worker needs for a step.
  double step_s() const;
};

struct AddedWorkerOutcome {
  double without_s = 0;  // makespans
  double with_s = 0;
  std::int64_t steps = 0;  // of the added worker

  // How much longer the job has become, beyond one step of the added worker, as a share of what it
  // was. Negative if it has not.
  double excess(double step_s) const { return (with_s - step_s) / without_s - 1; }
};

AddedWorkerOutcome run(const AddedWorker& job);

}  // namespace evenkeel

// What the loop-scheduling policies have in common.
#pragma once

#include <cstdint>

#include "balance/policy.h"
#include "balance/winner_tree.h"

namespace evenkeel {

// Chunks to those who ask, in the order of their requests.
//
// The literature divides the iterations of a loop. Here an iteration is a step, as work is divided
// between steps only: R is the steps that nobody holds yet of the epochs that may be worked on, and
// P the workers that are alive.
class ChunkPolicy : public Policy {
 public:
  explicit ChunkPolicy(const Cluster& cluster) : askers_(cluster.workers()) {}
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) final;

 protected:
  // The next chunk of a worker that asks, in steps: rounded to the nearest, from 1 to R. It gets
  // it.
  virtual double chunk(const Cluster& cluster, WorkerIndex worker) = 0;

  static std::int64_t free_steps(const Cluster& cluster);  // R
  static std::int64_t half_share(const Cluster& cluster);  // ⌈R/2P⌉

 private:
  WinnerTree askers_;  // keyed by when they asked
  double requests_ = 0;
};

}  // namespace evenkeel

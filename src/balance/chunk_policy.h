// Common code of the loop-scheduling policies.
#pragma once

#include <cstdint>

#include "balance/policy.h"
#include "balance/winner_tree.h"

namespace evenkeel {

// Chunks for workers that ask, in the order of their requests.
//
// The literature divides the iterations of a loop. Here an iteration is a step, since work is
// divided only between steps: R is the number of steps that nobody holds in the open epochs, and P
// the number of live workers.
class ChunkPolicy : public Policy {
 public:
  explicit ChunkPolicy(const Cluster& cluster) : askers_(cluster.workers()) {}
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) final;

 protected:
  // The next chunk of a worker that asks, in steps; it is rounded to the nearest, from 1 to R, and
  // handed out.
  virtual double chunk(const Cluster& cluster, WorkerIndex worker) = 0;

  static std::int64_t free_steps(const Cluster& cluster);  // R
  static std::int64_t half_share(const Cluster& cluster);  // ⌈R/2P⌉

 private:
  WinnerTree askers_;  // keyed by the time of their request
  double requests_ = 0;
};

}  // namespace evenkeel

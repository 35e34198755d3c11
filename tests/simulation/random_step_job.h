// Random jobs of step mode.
#pragma once

#include <cstdint>

#include "dataset/dataset.h"
#include "simulation/cluster_profile.h"
#include "simulation/step_simulation.h"

namespace evenkeel {

// A job drawn from a seed: 1–64 workers, any policy, partition, shuffle, batch, minimum and cap
// that users may ask for; random speeds, phases, noise, latency, all-reduce, hangs and read-ahead.
// In some jobs one worker dies, or would if the job took longer. A coordinator or all stand still,
// links are cut for a time or for ever, trainers lie about times. Steps and hangs may take longer
// than the coordinator bears silence, but no silence that ends is so long that the job is given up
// for it.
struct RandomStepJob {
  explicit RandomStepJob(std::uint64_t seed);

  std::uint64_t seed;
  Dataset dataset;
  CoordinatorOptions options;
  ClusterProfile cluster;
  int read_ahead;
};

}  // namespace evenkeel

// Step mode: the reference for simulated jobs.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// When each step would end if each were divided as is best for the speeds of its moment, the true
// costs of files, warm-ups, pauses, stairs and curves, but without knowledge of the noise: with the
// same random numbers as simulate_steps with that seed. Shorter than the job if a device dies.
std::vector<Instant> oracle_step_ends(const Dataset& dataset, const ClusterProfile& cluster,
                                      const CoordinatorOptions& options, std::uint64_t seed);

}  // namespace evenkeel

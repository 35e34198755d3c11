// When a random job must have ended.
#pragma once

#include "simulation/random_job.h"

namespace evenkeel {

// By then the slowest worker would have done everything several times, and each worker has been
// waited for twice as long as it was away, as its first step might have taken, or as it said that
// steps take, unless that cannot be.
double latest_end_s(const RandomJob& job, const SimulationResult& result);

}  // namespace evenkeel

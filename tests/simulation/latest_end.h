// When a random job must have ended.
#pragma once

#include "simulation/random_job.h"

namespace evenkeel {

// By then the slowest worker would have done everything several times, and each worker has been
// waited for twice as long as it was away, or as its first step might have taken. Infinite where
// somebody says that steps take much longer than they do: that is believed.
double latest_end_s(const RandomJob& job, const SimulationResult& result);

}  // namespace evenkeel

// When a random job must have ended.
#pragma once

#include <vector>

#include "simulation/random_job.h"
#include "simulation/random_step_job.h"

namespace evenkeel {

// By then the slowest worker would have done everything several times, and each worker has been
// waited for twice as long as it was away, as its first step might have taken, or as it said that
// steps take, unless that cannot be.
double latest_end_s(const RandomJob& job, const SimulationResult& result);

// By then every step has been done by the slowest worker alone, after each absence that ends, and
// then all was silent for as long as the coordinator bears, and a minute.
double latest_end_s(const RandomStepJob& job);

// Since when a link is cut for ever; never: it is not.
Instant cut_for_ever(const std::vector<RankProfile::Hang>& cuts);

}  // namespace evenkeel

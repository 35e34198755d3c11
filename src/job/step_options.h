// The user's options for step mode, checked against the dataset.
#pragma once

#include <cstdint>

#include "coordinator/coordinator_options.h"
#include "evenkeel/options.h"

namespace evenkeel {

// Throws UserError, one line that names the option, if the batch cannot be divided among so many
// workers or exceeds an epoch of so many samples, 1 ≤ samples ≤ Dataset::max_samples.
StepModeOptions checked_step_mode(const JobOptions& options, std::int32_t workers,
                                  std::int64_t samples);

}  // namespace evenkeel

// Warns of simulated steps that are too long to tell anything.
#pragma once

#include <string>
#include <string_view>

#include "evenkeel/options.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// That a step of this cost takes some worker minutes, or longer than the job's deadline; empty: it
// does not. `cost_unit`: of the manifest, if known. `time_scale`: a second of the profile takes so
// long.
std::string long_steps_text(const ClusterProfile& cluster, const std::string& profile_path,
                            double step_cost, std::string_view cost_unit, const JobOptions& job,
                            double time_scale = 1);

}  // namespace evenkeel

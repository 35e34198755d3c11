// Tells which keys of a cluster profile a job does not use.
#pragma once

#include <string>

#include "evenkeel/options.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// That steps which fail, as the profile says, are of lease mode alone; empty: none is there, or
// that is the mode.
std::string unused_keys_text(const ClusterProfile& cluster, const std::string& profile_path,
                             Mode mode);

}  // namespace evenkeel

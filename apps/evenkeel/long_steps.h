// Warns of simulated steps that are too long to tell anything.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "evenkeel/options.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// A step of a job, in the costs of the manifest.
struct UsualStep {
  double cost = 0;
  std::function<double(std::int64_t file)> file_cost;
  std::string_view cost_unit;  // if known
};

// That such a step takes some worker minutes, or longer than the job's deadline; empty: it does
// not. It may be the longest that the profile has: of dear files, in a warm-up, with a pause, or in
// a slow phase that begins before `end_s`. `time_scale`: a second of the profile takes so long.
std::string long_steps_text(const ClusterProfile& cluster, const std::string& profile_path,
                            const UsualStep& step, const JobOptions& job,
                            double end_s = std::numeric_limits<double>::infinity(),
                            double time_scale = 1);

}  // namespace evenkeel

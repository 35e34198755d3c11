// Estimates the profile of a worker from a past job.
#pragma once

#include <span>
#include <string>

#include "coordinator/records.h"
#include "core/time.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Estimates its speed as constant phases, and the overhead of a step, from its progress over time;
// `noise` is given. A phase begins where the next moments differ from the phase so far by more than
// noise explains, and by at least 2 %. Overhead can be separated from speed only if the cost of the
// steps varied; otherwise it is 0.
//
// `progress`: of one worker, in order of time; the first entry covers the time from 0. A worker
// that has done nothing has speed 0, meaning unknown.
RankProfile estimate_rank(std::span<const WorkerProgress> progress, double noise);

// A profile that read_cluster_profile can read.
std::string cluster_profile_text(const ClusterProfile& profile);

}  // namespace evenkeel

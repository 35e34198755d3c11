// The profile of a worker that a past job showed: what it would be in a simulation.
#pragma once

#include <span>
#include <string>

#include "coordinator/records.h"
#include "core/time.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Its speed over time, as constant phases, and the overhead of a step, from what it had done by
// when; `noise` is known from elsewhere. A phase begins where what the next moments show differs
// from the phase so far by more than noise explains, and by 2 % at least. The overhead is told
// apart from the speed only if the cost of its steps varied; else it is 0.
//
// `progress`: in order of time, of one worker; what comes before the first began at time 0. A
// worker that has done nothing has speed 0, which is none.
RankProfile estimate_rank(std::span<const WorkerProgress> progress, double noise);

// A profile as read_cluster_profile reads it.
std::string cluster_profile_text(const ClusterProfile& profile);

}  // namespace evenkeel

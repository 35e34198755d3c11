// The cluster that a run on record has shown, as a profile for simulations.
#pragma once

#include <string>
#include <vector>

#include "ledger/recorded_run.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Speeds over time, overheads and noise of every worker; where it was silent and came back, a hang,
// and where it did not, its death. What a ledger does not tell is as in any profile: the latency.
// Throws UserError if no worker has done anything yet, or if one did not say of each step where its
// local work ended; `ledger` is its name there.
ClusterProfile recorded_cluster(const RecordedRun& run, const std::vector<WorkerProgress>& progress,
                                const std::string& ledger);

}  // namespace evenkeel

// The cluster of a recorded run, as a profile for simulations.
#pragma once

#include <string>
#include <vector>

#include "ledger/recorded_run.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Every worker's speeds over time, overhead and noise; its silences become hangs, or its death if
// it did not come back. Latency, which a ledger does not record, has its default. Throws UserError
// if no worker has done anything yet, or if one did not always say where its local work ended;
// messages call the ledger `ledger`.
ClusterProfile recorded_cluster(const RecordedRun& run, const std::vector<WorkerProgress>& progress,
                                const std::string& ledger);

}  // namespace evenkeel

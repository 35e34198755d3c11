// Where all work of a job is: free, held, to be tried again, done, or set aside.
#pragma once

#include <vector>

#include "balance/cluster.h"
#include "coordinator/failed_steps.h"
#include "coordinator/free_pool.h"
#include "coordinator/lease_table.h"
#include "core/done_work.h"

namespace evenkeel {

struct HeldLease {
  WorkerIndex worker;
  const Lease* lease;  // until the table changes
};

// Every lease, worker by worker, in the order granted.
std::vector<HeldLease> held_leases(const LeaseTable& leases);

// What is neither free nor held nor to be tried again: done or set aside.
DoneWork done_work(const FreePool& pool, const LeaseTable& leases, const FailedSteps& failed);

// Stops the program unless that, and what is not, tile the live epochs, and the cluster holds what
// the table says.
void check_tiling(const FreePool& pool, const LeaseTable& leases, const FailedSteps& failed,
                  const Cluster& cluster);

}  // namespace evenkeel

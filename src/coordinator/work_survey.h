// Where all work of a job is: free, held, or done.
#pragma once

#include <vector>

#include "balance/cluster.h"
#include "coordinator/free_pool.h"
#include "coordinator/lease_table.h"
#include "core/done_work.h"

namespace evenkeel {

struct HeldLease {
  int worker;
  const Lease* lease;  // until the table changes
};

// Every lease, worker by worker, in the order granted.
std::vector<HeldLease> held_leases(const LeaseTable& leases);

// What is neither free nor held.
DoneWork done_work(const FreePool& pool, const LeaseTable& leases);

// Stops the program unless the done, held and free intervals tile the live epochs, and the cluster
// holds what the table says.
void check_tiling(const FreePool& pool, const LeaseTable& leases, const Cluster& cluster);

}  // namespace evenkeel

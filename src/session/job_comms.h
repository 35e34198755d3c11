// What the ranks of a job make together, before any of them may be late.
#pragma once

#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "session/finalize_rendezvous.h"
#include "transport/communicator.h"

namespace evenkeel {

bool is_whole_world(MPI_Comm comm);

struct JobComms {
  // Collective over `comm`; no rank waits here for another's work. `host`: this rank's name in the
  // report; empty: the machine's. `answers`: see FinalizeRendezvous. Throws UserError on rank 0 for
  // a rank of another build, and SessionRefused on the others.
  static JobComms make(MPI_Comm comm, const std::string& host, bool answers);

  Communicator own;                                // a duplicate, for evenkeel's messages
  Communicator workers;                            // all ranks but 0, which has none
  std::vector<std::string> hosts;                  // of all ranks; on rank 0
  std::shared_ptr<FinalizeRendezvous> rendezvous;  // null with another MPI than Open MPI
};

}  // namespace evenkeel

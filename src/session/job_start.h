// The collective start of a job: every rank tells its host; rank 0 then refuses the job, or tells
// the workers everything they need to know.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "job/job_terms.h"
#include "transport/communicator.h"
#include "transport/shared_memory.h"

namespace evenkeel {

// Collective. Returns the hosts of all ranks in order on rank 0, nothing elsewhere. `own_host`:
// empty means the machine's name, as MPI reports it.
std::vector<std::string> gather_hosts(const Communicator& comm, const std::string& own_host);

// Rank 0 calls exactly one of the two. The dataset lies in `memory`, which other ranks of this
// machine also use if they can; it may be released once this returns.
void announce_refusal(const Communicator& comm);
void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory);

struct AnnouncedJob {
  JobTerms terms;
  std::shared_ptr<const Dataset> dataset;
};

// Workers: waits for the announcement, napping to leave the processor to rank 0. Throws
// SessionRefused.
AnnouncedJob await_announcement(const Communicator& comm);

}  // namespace evenkeel

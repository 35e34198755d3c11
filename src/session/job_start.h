// The collective start of a job: every rank tells its host; rank 0 then either refuses the job, or
// tells the workers all that they need to know.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "job/job_terms.h"
#include "transport/communicator.h"
#include "transport/shared_memory.h"

namespace evenkeel {

// Collective. On rank 0 the hosts of all ranks, in order; nothing on the others. `own_host`: empty
// for the name of the machine, as MPI gives it.
std::vector<std::string> gather_hosts(const Communicator& comm, const std::string& own_host);

// Rank 0, exactly one of the two: the job is not to be / is to be. The dataset lies in `memory`,
// which the other ranks of this machine use as well if they can; it may go once this returns.
void announce_refusal(const Communicator& comm);
void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory);

struct AnnouncedJob {
  JobTerms terms;
  std::shared_ptr<const Dataset> dataset;
};

// Workers: waits, without taking the processor from rank 0, for what it announces. Throws
// SessionRefused.
AnnouncedJob await_announcement(const Communicator& comm);

}  // namespace evenkeel

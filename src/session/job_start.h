// The collective start of a job: every rank tells its host; rank 0 then either refuses the job, or
// tells the workers all that they need to know.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/batch_line.h"
#include "dataset/dataset.h"
#include "dataset/epoch_order.h"
#include "transport/communicator.h"
#include "worker/worker.h"

namespace evenkeel {

// What a worker needs to know beside the dataset.
struct JobTerms {
  OrderOptions order;
  WorkerOptions worker;
  std::optional<BatchLine> line;  // in step mode
};

// Collective. The hosts of the workers in order of rank, on rank 0; nothing on the others.
std::vector<std::string> gather_hosts(const Communicator& comm, const std::string& own_host);

// The name of the machine, as MPI gives it.
std::string processor_name();

// Rank 0, exactly one of the two: the job is not to be / is to be.
void announce_refusal(const Communicator& comm);
void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset);

struct AnnouncedJob {
  JobTerms terms;
  Dataset dataset;
};

// Workers: waits, without taking the processor from rank 0, for what it announces. Throws
// SessionRefused.
AnnouncedJob await_announcement(const Communicator& comm);

}  // namespace evenkeel

#include "session/job_comms.h"

#include <optional>

#include "session/job_start.h"
#include "session/start_watch.h"
#include "transport/mpi_error.h"

namespace evenkeel {

bool is_whole_world(MPI_Comm comm) {
  int ranks = 0;
  int all = 0;
  mpi_check(MPI_Comm_size(comm, &ranks), "MPI_Comm_size");
  mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &all), "MPI_Comm_size");
  return ranks == all;
}

JobComms JobComms::make(MPI_Comm comm, const std::string& host, bool answers) {
  std::optional<StartWatch> start;
  if (is_whole_world(comm)) start.emplace();
  JobComms comms;
  comms.own = Communicator::duplicate(comm);
  StartHeader header = start_header();
  if (!host.empty()) header.host = host;
  // Before other collectives, which another build may not have.
  comms.hosts = meet(comms.own.get(), header);
  comms.workers = Communicator::without_rank_zero(comm);
  comms.rendezvous = FinalizeRendezvous::prepare(comm, answers);
  return comms;
}

}  // namespace evenkeel

#include "session/job_rank.h"

#include <exception>
#include <optional>

#include "session/start_watch.h"
#include "transport/communicator.h"
#include "transport/mpi_error.h"

namespace evenkeel {

namespace {

bool is_whole_world(MPI_Comm comm) {
  int ranks = 0;
  int all = 0;
  mpi_check(MPI_Comm_size(comm, &ranks), "MPI_Comm_size");
  mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &all), "MPI_Comm_size");
  return ranks == all;
}

}  // namespace

JobRank::JobRank(MPI_Comm comm, const JobOptions& options, Rank first_worker,
                 std::string_view reached_remedy, bool answers) {
  std::optional<StartWatch> start;
  if (is_whole_world(comm)) start.emplace();
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  if (rank == 0) {
    coordinator_ = std::make_unique<CoordinatorHost>(comm, options, first_worker, reached_remedy);
  } else {
    link_.emplace(comm, options);
  }
  rendezvous_ = FinalizeRendezvous::prepare(comm, answers);  // all ranks take part in the job
  if (rank < first_worker.value()) return;
  if (coordinator_) link_.emplace(*coordinator_);
  worker_ = make_worker_host(*link_);
}

void JobRank::tell_outcome(const Outcome& outcome) const {
  if (!rendezvous_) return;
  rendezvous_->do_not_wait_for(coordinator_->silent_ranks());
  rendezvous_->tell_outcome(outcome.complete ? 0 : 1, coordinator_->verdict());
}

JobRank::~JobRank() {
  try {
    if (worker_ && worker_->over() && !mpi_finalized())
      worker_->close(std::uncaught_exceptions() > 0);
  } catch (...) {  // NOLINT(bugprone-empty-catch): MPI has failed, and the job ends without a word
  }
  if (!rendezvous_) return;
  if (coordinator_) rendezvous_->do_not_wait_for(coordinator_->silent_ranks());
  if (link_ && link_->coordinator_is_lost()) rendezvous_->do_not_wait_for_rank_0();
}

}  // namespace evenkeel

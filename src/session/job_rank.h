// One rank of a job over MPI: the coordinator, a worker, or both.
#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <string_view>

#include "session/coordinator_host.h"
#include "session/finalize_rendezvous.h"
#include "session/job_comms.h"
#include "session/worker_host.h"
#include "session/worker_link.h"

namespace evenkeel {

class JobRank {
 public:
  // Collective over `comms`, unless the job does not wait for all its ranks. Rank 0 coordinates;
  // the ranks from `first_worker` (0 or 1) on are workers. `reached_remedy`: see CoordinatorHost.
  // Throws UserError on rank 0, and SessionRefused on the others.
  JobRank(JobComms comms, const JobOptions& options, Rank first_worker,
          std::string_view reached_remedy);
  ~JobRank();
  JobRank(const JobRank&) = delete;
  JobRank& operator=(const JobRank&) = delete;

  // Tells ranks that wait in MPI_Finalize already that this one lives.
  void answer() const {
    if (rendezvous_) rendezvous_->answer();
  }

  // If the job has to be ended for ranks that are stopped or cut off, mpirun returns the highest
  // status of all. On rank 0, once all results are written; and on any, if its program fails.
  void tell_outcome(const Outcome& outcome) const;
  void fail() const {
    if (rendezvous_) rendezvous_->fail();
  }

  CoordinatorHost* coordinator() const { return coordinator_.get(); }  // null but on rank 0
  WorkerHost* worker() const { return worker_.get(); }                 // null if not a worker

  // A worker that had to be told at once that the job is over: there is no dataset.
  bool came_after_the_end() const { return link_ && link_->came_after_the_end(); }

  // The workers' own communicator; MPI_COMM_NULL on rank 0.
  MPI_Comm workers() const { return coordinator_ ? MPI_COMM_NULL : link_->workers().get(); }

  const Transport& transport() const {
    return coordinator_ ? coordinator_->transport() : link_->transport();
  }
  const Dataset& dataset() const {
    return coordinator_ ? coordinator_->dataset() : link_->dataset();
  }
  const JobTerms& terms() const { return coordinator_ ? coordinator_->terms() : link_->terms(); }
  const JobClock& clock() const { return coordinator_ ? coordinator_->clock() : link_->clock(); }

 private:
  std::shared_ptr<FinalizeRendezvous> rendezvous_;  // null with another MPI than Open MPI
  std::unique_ptr<CoordinatorHost> coordinator_;
  std::optional<WorkerLink> link_;
  std::unique_ptr<WorkerHost> worker_;
};

}  // namespace evenkeel

#include "session/job_rank.h"

#include <exception>
#include <optional>
#include <utility>

#include "session/start_watch.h"
#include "transport/communicator.h"

namespace evenkeel {

JobRank::JobRank(JobComms comms, const JobOptions& options, Rank first_worker,
                 std::string_view reached_remedy)
    : rendezvous_(std::move(comms.rendezvous)) {
  std::optional<StartWatch> start;
  if (is_whole_world(comms.own.get())) start.emplace();
  const Rank rank = comms.own.rank();
  if (rank == Rank(0)) {
    coordinator_ = std::make_unique<CoordinatorHost>(std::move(comms.own), std::move(comms.hosts),
                                                     options, first_worker, reached_remedy);
  } else {
    link_.emplace(std::move(comms.own), std::move(comms.workers), options);
  }
  if (rank < first_worker) return;
  if (coordinator_) link_.emplace(*coordinator_);
  worker_ = make_worker_host(*link_);
}

void JobRank::tell_outcome(const Outcome& outcome) const {
  if (!rendezvous_) return;
  rendezvous_->do_not_wait_for(coordinator_->silent_ranks());
  rendezvous_->expect(coordinator_->absent_ranks());
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

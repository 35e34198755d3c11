// How the ranks of a job leave MPI when some of them may have died.
#pragma once

#include <mpi.h>

#include <memory>
#include <vector>

#include "core/types.h"
#include "transport/communicator.h"

namespace evenkeel {

// MPI_Finalize waits for every rank that does not arrive, because it hangs or because a message to
// a dead rank is in progress. Open MPI 5 may wait even for a rank whose death it reported; mpirun
// of Open MPI 4.1 may itself hang if a rank ends while others wait there. So where deaths are
// survived, the ranks meet at the very beginning of MPI_Finalize. If all arrive, MPI_Finalize
// continues. Otherwise those that arrived flush their standard streams and end there: with status
// 0, since mpirun might end the others for another status, and returns 0 anyway.
class FinalizeRendezvous {
 public:
  // Collective over `comm`, between MPI_Init and MPI_Finalize. Null where deaths are not survived.
  static std::shared_ptr<FinalizeRendezvous> prepare(MPI_Comm comm);

  // On rank 0: these are silent, and are not waited for.
  void do_not_wait_for(const std::vector<Rank>& silent) { silent_ = silent; }

  // On other ranks: rank 0 has died or hangs.
  void do_not_wait_for_rank_0() { rank_0_is_lost_ = true; }

 private:
  enum class Way : int { finalize, end };

  explicit FinalizeRendezvous(MPI_Comm comm) : comm_(Communicator::duplicate(comm)) {}
  static int begin_finalize(MPI_Comm, int, void* rendezvous, void*);
  Way meet();
  Way gather() const;
  Way ask() const;

  Communicator comm_;
  std::vector<Rank> silent_;
  bool rank_0_is_lost_ = false;
};

}  // namespace evenkeel

// How the ranks of a job leave MPI when some of them may have died.
#pragma once

#include <mpi.h>

#include <memory>
#include <vector>

#include "core/types.h"
#include "transport/communicator.h"

namespace evenkeel {

// MPI_Finalize waits for every rank that does not come, be it that it hangs or that a message is on
// its way to one that has died. That of Open MPI 5 may wait even for one whose death it has told;
// and mpirun of Open MPI 4.1 may itself hang if a rank ends while others wait in there. So where
// deaths are survived, the ranks of a job meet first, at the very beginning of MPI_Finalize. If all
// of them have come, MPI_Finalize goes on. If not, those that have come write what their standard
// streams hold, and end there: with status 0, as mpirun might end the others for another one, and
// returns 0 anyway.
class FinalizeRendezvous {
 public:
  // Collective over `comm`, between MPI_Init and MPI_Finalize. Null where deaths are not survived.
  static std::shared_ptr<FinalizeRendezvous> prepare(MPI_Comm comm);

  // On rank 0: these have fallen silent, and are not waited for.
  void do_not_wait_for(const std::vector<Rank>& silent) { silent_ = silent; }

  // On another: rank 0 has died, or hangs.
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

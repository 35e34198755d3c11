// What MPI itself knows of the deaths of ranks.
#pragma once

#include <mpi.h>

#include <vector>

#include "core/types.h"

namespace evenkeel {

// An MPI with fault tolerance (ULFM, as in Open MPI 5 under `mpirun --with-ft ulfm`) detects them
// within moments, and calls on a communicator then fail. With any other MPI nothing is ever told.
//
// For one communicator, which must outlive it; shared by all who receive and send there.
class Failures {
 public:
  explicit Failures(MPI_Comm comm) : comm_(comm) {}

  // Whether `code`, which a call on the communicator returned, says no more than that ranks have
  // died: they are noted, and everything else goes on.
  bool explain(int code);

  // Takes note of what is known, so that the calls that follow do not fail for it.
  void look();

  // Those that have been noted since the last call.
  std::vector<Rank> take();

 private:
  MPI_Comm comm_;
  std::vector<Rank> noted_;
  std::vector<Rank> untold_;  // the last of them
};

}  // namespace evenkeel

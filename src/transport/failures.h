// The deaths of ranks that MPI reports.
#pragma once

#include <mpi.h>

#include <vector>

#include "core/types.h"

namespace evenkeel {

// An MPI with fault tolerance (ULFM, as in Open MPI 5 under `mpirun --with-ft ulfm`) detects them
// within moments; calls on a communicator then fail. Other MPIs report nothing.
//
// Serves one communicator, which must outlive it; shared by everything that receives and sends
// there.
class Failures {
 public:
  explicit Failures(MPI_Comm comm) : comm_(comm) {}

  // Whether `code`, returned by a call on the communicator, means only that ranks have died. If so,
  // notes them.
  bool explain(int code) { return code != MPI_SUCCESS && means_death(code); }

  // Notes the deaths known now, so that later calls do not fail because of them.
  void look();

  // The ranks noted since the last call.
  std::vector<Rank> take();

 private:
  bool means_death(int code);

  MPI_Comm comm_;
  std::vector<Rank> noted_;
  std::vector<Rank> untold_;  // of those, the ranks not yet returned
};

}  // namespace evenkeel

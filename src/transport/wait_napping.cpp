#include "transport/wait_napping.h"

#include "transport/idle_wait.h"
#include "transport/mpi_error.h"

namespace evenkeel {

void wait_napping(MPI_Request& request, std::chrono::nanoseconds longest_nap) {
  IdleWait wait(longest_nap);
  for (;;) {
    int complete = 0;
    mpi_check(MPI_Test(&request, &complete, MPI_STATUS_IGNORE), "MPI_Test");
    if (complete != 0) return;
    wait.pause();
  }
}

}  // namespace evenkeel

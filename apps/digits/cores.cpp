#include "cores.h"

#include <sched.h>

namespace evenkeel::digits {

bool more_workers_than_cores(MPI_Comm workers) {
  MPI_Comm same_host = MPI_COMM_NULL;
  MPI_Comm_split_type(workers, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &same_host);

  // mpirun may have bound each worker to a core of its own: all of theirs count.
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ::sched_getaffinity(0, sizeof cores, &cores);
  MPI_Allreduce(MPI_IN_PLACE, &cores, sizeof cores, MPI_BYTE, MPI_BOR, same_host);
  int count = 0;
  MPI_Comm_size(same_host, &count);
  MPI_Comm_free(&same_host);

  int crowded = count > CPU_COUNT(&cores) ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &crowded, 1, MPI_INT, MPI_MAX, workers);
  return crowded != 0;
}

}  // namespace evenkeel::digits

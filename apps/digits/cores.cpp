#include "cores.h"

#include <sched.h>

namespace evenkeel::digits {
namespace {

// The workers of this host. Collective to create and to destroy.
class Neighbours {
 public:
  explicit Neighbours(MPI_Comm workers) {
    MPI_Comm_split_type(workers, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &comm_);
  }
  ~Neighbours() { MPI_Comm_free(&comm_); }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

  MPI_Comm comm() const { return comm_; }
  int count() const {
    int count = 0;
    MPI_Comm_size(comm_, &count);
    return count;
  }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

}  // namespace

bool more_workers_than_cores(MPI_Comm workers) {
  const Neighbours neighbours(workers);
  // mpirun may have bound each worker to a core of its own: count the cores of all.
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ::sched_getaffinity(0, sizeof cores, &cores);
  MPI_Allreduce(MPI_IN_PLACE, &cores, sizeof cores, MPI_BYTE, MPI_BOR, neighbours.comm());
  int crowded = neighbours.count() > CPU_COUNT(&cores) ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &crowded, 1, MPI_INT, MPI_MAX, workers);
  return crowded != 0;
}

std::chrono::duration<double> least_on_host(std::chrono::duration<double> own, MPI_Comm workers) {
  const Neighbours neighbours(workers);
  double least = own.count();
  MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_DOUBLE, MPI_MIN, neighbours.comm());
  return std::chrono::duration<double>(least);
}

}  // namespace evenkeel::digits

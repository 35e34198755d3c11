#include "transport/failures.h"

#include <utility>

#ifdef EVENKEEL_MPI_HAS_FAULT_TOLERANCE
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "transport/mpi_error.h"
#endif

namespace evenkeel {

std::vector<Rank> Failures::take() { return std::exchange(untold_, {}); }

#ifdef EVENKEEL_MPI_HAS_FAULT_TOLERANCE

namespace {

// The members of a group, as ranks of the communicator.
std::vector<int> ranks_of(MPI_Group group, MPI_Comm comm) {
  int size = 0;
  mpi_check(MPI_Group_size(group, &size), "MPI_Group_size");
  std::vector<int> in_group(static_cast<std::size_t>(size));
  std::iota(in_group.begin(), in_group.end(), 0);
  std::vector<int> ranks(in_group.size());
  MPI_Group all = MPI_GROUP_NULL;
  mpi_check(MPI_Comm_group(comm, &all), "MPI_Comm_group");
  mpi_check(MPI_Group_translate_ranks(group, size, in_group.data(), all, ranks.data()),
            "MPI_Group_translate_ranks");
  MPI_Group_free(&all);
  return ranks;
}

}  // namespace

bool Failures::means_death(int code) {
  int kind = 0;
  MPI_Error_class(code, &kind);
  // Some of several requests have failed; if a rank has died, that is the only reason here.
  const bool are_several = kind == MPI_ERR_IN_STATUS;
  if (kind != MPIX_ERR_PROC_FAILED && kind != MPIX_ERR_PROC_FAILED_PENDING && !are_several) {
    return false;
  }
  look();
  return !are_several || !noted_.empty();
}

void Failures::look() {
  mpi_check(MPIX_Comm_failure_ack(comm_), "MPIX_Comm_failure_ack");
  MPI_Group failed = MPI_GROUP_NULL;
  mpi_check(MPIX_Comm_failure_get_acked(comm_, &failed), "MPIX_Comm_failure_get_acked");
  for (const int rank : ranks_of(failed, comm_)) {
    if (std::find(noted_.begin(), noted_.end(), Rank(rank)) != noted_.end()) continue;
    noted_.emplace_back(rank);
    untold_.emplace_back(rank);
  }
  if (failed != MPI_GROUP_EMPTY) MPI_Group_free(&failed);
}

#else

bool Failures::means_death(int /*code*/) { return false; }
void Failures::look() {}

#endif

}  // namespace evenkeel

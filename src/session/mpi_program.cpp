#include "session/mpi_program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "session/job_end.h"
#include "session/job_start.h"
#include "session/launcher_recovery.h"
#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {

MpiProgram::MpiProgram(int& argc, char**& argv) : start_(std::in_place) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
}

MpiProgram::~MpiProgram() { MPI_Finalize(); }

int MpiProgram::rank() const {
  int rank = 0;
  MPI_Comm_rank(world(), &rank);
  return rank;
}

int MpiProgram::size() const {
  int size = 0;
  MPI_Comm_size(world(), &size);
  return size;
}

void MpiProgram::start_is_over() { start_.reset(); }

void MpiProgram::begin(const Terms& terms, const std::string& fault) {
  if (std::exchange(has_begun_, true)) return;
  StartHeader header = start_header();
  header.terms.insert(header.terms.end(), terms.begin(), terms.end());
  header.fault = fault;
  evenkeel::meet(world(), header);
}

void MpiProgram::meet(MPI_Comm comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(comm, &request), "MPI_Ibarrier");
  wait_napping(request, std::chrono::milliseconds(1));
}

void MpiProgram::broadcast_text(std::string& text) const {
  auto size = static_cast<std::int64_t>(text.size());
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibcast(&size, 1, MPI_INT64_T, 0, world(), &request), "MPI_Ibcast");
  wait_napping(request);  // rank 0 may take long to find the text
  text.resize(static_cast<std::size_t>(size));
  constexpr std::int64_t chunk = std::numeric_limits<int>::max();
  for (std::int64_t at = 0; at < size; at += chunk) {
    MPI_Bcast(text.data() + at, static_cast<int>(std::min(chunk, size - at)), MPI_CHAR, 0, world());
  }
}

void MpiProgram::abort(int status) const {
  if (rank() == 0 || !deaths_are_survived()) limit_launcher();
  MPI_Abort(world(), status);
  ::_exit(status);
}

}  // namespace evenkeel

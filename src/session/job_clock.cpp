#include "session/job_clock.h"

#include <mpi.h>

#include <algorithm>
#include <cstdint>

#include "transport/host_clock.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

constexpr int ping_tag = 1;
constexpr int pings = 10;  // per worker; the first also waits for its turn

Duration monotonic_now() { return HostClock::now().time_since_epoch(); }

// Rank 0: lets one worker at a time ping, so that none waits for another.
void answer_pings(const Communicator& comm) {
  for (int worker = 1; worker < comm.size(); ++worker) {
    for (int i = 0; i < pings; ++i) {
      mpi_check(MPI_Recv(nullptr, 0, MPI_BYTE, worker, ping_tag, comm.get(), MPI_STATUS_IGNORE),
                "MPI_Recv");
      const std::int64_t now = monotonic_now().count();
      mpi_check(MPI_Send(&now, 1, MPI_INT64_T, worker, ping_tag, comm.get()), "MPI_Send");
    }
  }
}

// Workers: how far rank 0's monotonic clock is ahead of this rank's.
Duration measure_offset(const Communicator& comm) {
  Duration best_round_trip = Duration::max();
  Duration offset{};
  for (int i = 0; i < pings; ++i) {
    const Duration sent = monotonic_now();
    std::int64_t theirs = 0;
    mpi_check(MPI_Sendrecv(nullptr, 0, MPI_BYTE, 0, ping_tag, &theirs, 1, MPI_INT64_T, 0, ping_tag,
                           comm.get(), MPI_STATUS_IGNORE),
              "MPI_Sendrecv");
    const Duration round_trip = monotonic_now() - sent;
    if (round_trip >= best_round_trip) continue;
    best_round_trip = round_trip;
    offset = Duration(theirs) - (sent + round_trip / 2);
  }
  // Ranks of one node share a clock; any offset the ping finds is its own error.
  return std::chrono::abs(offset) <= best_round_trip / 2 ? Duration::zero() : offset;
}

}  // namespace

JobClock JobClock::agree(const Communicator& comm) {
  Duration offset{};
  if (comm.rank() == Rank(0)) {
    answer_pings(comm);
  } else {
    offset = measure_offset(comm);
  }
  mpi_check(MPI_Barrier(comm.get()), "MPI_Barrier");
  std::int64_t zero = monotonic_now().count();
  mpi_check(MPI_Bcast(&zero, 1, MPI_INT64_T, 0, comm.get()), "MPI_Bcast");
  return JobClock(Duration(zero) - offset);
}

Instant JobClock::now() const { return std::max(Instant(), Instant(monotonic_now() - zero_)); }

}  // namespace evenkeel

#include "session/job_clock.h"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "transport/host_clock.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

enum Number : std::size_t { now, zero, numbers };
using Answer = std::array<std::int64_t, numbers>;

Duration monotonic_now() { return HostClock::now().time_since_epoch(); }

// Rank 0: lets one worker at a time ping, so that none waits for another.
void answer_pings(const Communicator& comm, const JobClock& clock) {
  for (int worker = 1; worker < comm.size(); ++worker) {
    for (int i = 0; i < JobClock::pings; ++i) {
      mpi_check(
          MPI_Recv(nullptr, 0, MPI_BYTE, worker, JobClock::ping_tag, comm.get(), MPI_STATUS_IGNORE),
          "MPI_Recv");
      clock.answer_ping(comm, Rank(worker));
    }
  }
}

// What a worker finds out.
struct Offset {
  Duration ahead;  // rank 0's monotonic clock, of this rank's
  Duration zero;   // as rank 0 has told it
};

Offset measure_offset(const Communicator& comm) {
  Duration best_round_trip = Duration::max();
  Duration offset{};
  Answer theirs{};
  for (int i = 0; i < JobClock::pings; ++i) {
    const Duration sent = monotonic_now();
    mpi_check(MPI_Sendrecv(nullptr, 0, MPI_BYTE, 0, JobClock::ping_tag, theirs.data(), numbers,
                           MPI_INT64_T, 0, JobClock::ping_tag, comm.get(), MPI_STATUS_IGNORE),
              "MPI_Sendrecv");
    const Duration round_trip = monotonic_now() - sent;
    if (round_trip >= best_round_trip) continue;
    best_round_trip = round_trip;
    offset = Duration(theirs[now]) - (sent + round_trip / 2);
  }
  // Ranks of one node share a clock; any offset the ping finds is its own error.
  const bool is_shared = std::chrono::abs(offset) <= best_round_trip / 2;
  return {is_shared ? Duration::zero() : offset, Duration(theirs[zero])};
}

}  // namespace

JobClock JobClock::agree(const Communicator& comm) {
  Duration offset{};
  if (comm.rank() == Rank(0)) {
    answer_pings(comm, begin());
  } else {
    offset = measure_offset(comm).ahead;
  }
  mpi_check(MPI_Barrier(comm.get()), "MPI_Barrier");
  std::int64_t time_0 = monotonic_now().count();
  mpi_check(MPI_Bcast(&time_0, 1, MPI_INT64_T, 0, comm.get()), "MPI_Bcast");
  return JobClock(Duration(time_0) - offset);
}

JobClock JobClock::begin() { return JobClock(monotonic_now()); }

JobClock JobClock::ask(const Communicator& comm) {
  const Offset offset = measure_offset(comm);
  return JobClock(offset.zero - offset.ahead);
}

void JobClock::answer_ping(const Communicator& comm, Rank rank) const {
  const Answer answer{monotonic_now().count(), zero_.count()};
  mpi_check(MPI_Send(answer.data(), numbers, MPI_INT64_T, rank.value(), ping_tag, comm.get()),
            "MPI_Send");
}

Instant JobClock::now() const { return std::max(Instant(), Instant(monotonic_now() - zero_)); }

}  // namespace evenkeel

#include "session/job_start.h"

#include <mpi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "evenkeel/session.h"
#include "session/dataset_broadcast.h"
#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {
namespace {

constexpr std::size_t host_bytes = 256;  // with the final 0

// The header of an announcement; a refusal has nothing else.
enum Size : std::size_t { dataset_bytes, terms_numbers, sizes };

// Whole numbers, which MPI converts between machine types. Rank 0 may take long to read a large
// manifest.
void broadcast(const Communicator& comm, std::span<std::int64_t> numbers) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibcast(numbers.data(), static_cast<int>(numbers.size()), MPI_INT64_T, 0, comm.get(),
                       &request),
            "MPI_Ibcast");
  wait_napping(request);
}

std::string processor_name() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  mpi_check(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  return {name.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::vector<std::string> gather_hosts(const Communicator& comm, const std::string& own_host) {
  const bool gathers = comm.rank() == Rank(0);
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::array<char, host_bytes> own{};
  const std::string host = own_host.empty() ? processor_name() : own_host;
  host.copy(own.data(), own.size() - 1);
  std::vector<char> all(gathers ? ranks * host_bytes : 0);
  mpi_check(
      MPI_Gather(own.data(), host_bytes, MPI_CHAR, all.data(), host_bytes, MPI_CHAR, 0, comm.get()),
      "MPI_Gather");
  std::vector<std::string> hosts;
  for (std::size_t rank = 0; gathers && rank < ranks; ++rank) {
    hosts.emplace_back(&all[rank * host_bytes]);
  }
  return hosts;
}

void announce_refusal(const Communicator& comm) {
  std::array<std::int64_t, sizes> refusal{};
  broadcast(comm, refusal);
}

void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory) {
  std::vector<std::int64_t> numbers = pack(terms);
  std::array<std::int64_t, sizes> announcement{};
  announcement[dataset_bytes] = static_cast<std::int64_t>(dataset.packed().size());
  announcement[terms_numbers] = static_cast<std::int64_t>(numbers.size());
  broadcast(comm, announcement);
  broadcast(comm, numbers);
  broadcast_dataset(Machines(comm), dataset, memory);
}

AnnouncedJob await_announcement(const Communicator& comm) {
  std::array<std::int64_t, sizes> announcement{};
  broadcast(comm, announcement);
  if (announcement[terms_numbers] == 0) throw SessionRefused();
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(announcement[terms_numbers]));
  broadcast(comm, numbers);
  AnnouncedJob job;
  job.terms = unpack(numbers);
  job.dataset =
      receive_dataset(Machines(comm), static_cast<std::size_t>(announcement[dataset_bytes]));
  return job;
}

}  // namespace evenkeel

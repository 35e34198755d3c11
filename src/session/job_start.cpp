#include "session/job_start.h"

#include <fmt/core.h>
#include <mpi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/option_values.h"
#include "evenkeel/session.h"
#include "protocol/wire.h"
#include "report/verdict.h"
#include "session/dataset_broadcast.h"
#include "session/end_messages.h"
#include "session/start_watch.h"
#include "transport/host_clock.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {
namespace {

// Of messages at the start.
constexpr int answer_tag = 3;

// Rank 0's answers, which never change either.
constexpr std::int32_t refused = 0;
constexpr std::int32_t agreed = 1;
constexpr std::int32_t alone = 2;

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

bool all_complete(std::vector<MPI_Request>& requests) {
  int complete = 0;
  mpi_check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &complete,
                        MPI_STATUSES_IGNORE),
            "MPI_Testall");
  return complete != 0;
}

// Returns whether they have completed in time.
bool await_all(std::vector<MPI_Request>& requests, HostClock::time_point until) {
  IdleWait wait(IdleWait::patient);
  while (!all_complete(requests)) {
    if (HostClock::now() >= until) return false;
    wait.pause();
  }
  return true;
}

// The requests are those of ranks 1 and up.
std::string missing_text(const std::vector<MPI_Request>& requests) {
  std::vector<Rank> missing;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    int complete = 0;
    MPI_Request_get_status(requests[i], &complete, MPI_STATUS_IGNORE);
    if (complete == 0) missing.emplace_back(static_cast<std::int32_t>(i + 1));
  }
  return ranks_text(missing);
}

void cancel(std::vector<MPI_Request>& requests) {
  for (MPI_Request& request : requests) {
    if (request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&request);
    MPI_Request_free(&request);
  }
}

// Empty: all can take part.
std::string disagreement(const std::vector<StartHeaderBytes>& headers, const StartHeader& own) {
  std::vector<Rank> differ;  // in the way of the first
  std::size_t others = 0;
  std::optional<std::string> fault;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto one = start_fault(headers[i], own);
    if (!one) continue;
    if (!fault) fault = one;
    if (one == fault) {
      differ.emplace_back(static_cast<std::int32_t>(i + 1));
    } else {
      ++others;
    }
  }
  if (!fault) return "";
  return fmt::format("{}: {}{}", ranks_text(differ), *fault,
                     others == 0 ? "" : fmt::format("; {} more differ otherwise", others));
}

std::vector<std::string> meet_as_rank_0(MPI_Comm comm, int ranks, const StartHeader& own,
                                        const StartPatience& patience) {
  const auto others = static_cast<std::size_t>(ranks - 1);
  std::vector<StartHeaderBytes> headers(others);
  std::vector<MPI_Request> requests(others, MPI_REQUEST_NULL);
  for (int rank = 1; rank < ranks; ++rank) {
    const auto i = static_cast<std::size_t>(rank - 1);
    mpi_check(MPI_Irecv(headers[i].data(), static_cast<int>(headers[i].size()), MPI_CHAR, rank,
                        header_tag, comm, &requests[i]),
              "MPI_Irecv");
  }
  const auto begin = HostClock::now();
  if (!await_all(requests, begin + patience.before_hint)) {
    say(fmt::format("no sign of {} yet; do all ranks run this program, in this build?",
                    missing_text(requests)));
    if (!await_all(requests, begin + patience.longest)) {
      const std::string missing = missing_text(requests);
      cancel(requests);
      throw JobError(fmt::format("no sign of {}: the job cannot start", missing));
    }
  }
  const std::string fault = own.fault.empty() ? disagreement(headers, own) : own.fault;
  const std::int32_t answer = fault.empty() ? agreed : refused;
  for (int rank = 1; rank < ranks; ++rank) {
    mpi_check(MPI_Send(&answer, 1, MPI_INT32_T, rank, answer_tag, comm), "MPI_Send");
  }
  if (!fault.empty()) throw UserError(fault);
  std::vector<std::string> hosts{own.host};
  for (const StartHeaderBytes& header : headers) hosts.push_back(decode_start_header(header)->host);
  return hosts;
}

}  // namespace

StartKind meet_rank_0(MPI_Comm comm, const StartHeader& own, const StartPatience& patience) {
  const StartHeaderBytes header = encode(own);
  std::int32_t answer = refused;
  std::vector<MPI_Request> requests(2, MPI_REQUEST_NULL);
  mpi_check(MPI_Irecv(&answer, 1, MPI_INT32_T, 0, answer_tag, comm, &requests[0]), "MPI_Irecv");
  mpi_check(MPI_Isend(header.data(), static_cast<int>(header.size()), MPI_CHAR, 0, header_tag, comm,
                      &requests[1]),
            "MPI_Isend");
  // Rank 0 gives up first, and says who is missing.
  if (!await_all(requests, HostClock::now() + patience.longest + patience.before_hint)) {
    cancel(requests);
    throw JobError("no sign of rank 0: the job cannot start");
  }
  if (answer == alone) return StartKind::alone;
  if (answer != agreed) throw SessionRefused();
  return StartKind::together;
}

// It may not have come yet, or be dead: MPI keeps a short message for it.
void let_start_alone(const Communicator& comm, Rank rank) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Isend(&alone, 1, MPI_INT32_T, rank.value(), answer_tag, comm.get(), &request),
            "MPI_Isend");
  MPI_Request_free(&request);
}

StartHeader start_header() {
  return {{{"evenkeel", EVENKEEL_VERSION}, {"protocol", wire_version()}}, processor_name(), ""};
}

StartHeader start_header(const JobOptions& options) {
  StartHeader header = start_header();
  header.terms.emplace_back("--mode", name_of(options.mode));
  header.terms.emplace_back("--grace", fmt::format("{}", options.grace_s));
  if (!options.host.empty()) header.host = options.host;
  return header;
}

std::vector<std::string> meet(MPI_Comm comm, const StartHeader& own,
                              const StartPatience& patience) {
  int rank = 0;
  int ranks = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  mpi_check(MPI_Comm_size(comm, &ranks), "MPI_Comm_size");
  if (rank == 0) return meet_as_rank_0(comm, ranks, own, patience);
  meet_rank_0(comm, own, patience);
  return {};
}

void announce_refusal(const Communicator& comm) {
  std::array<std::int64_t, sizes> refusal{};
  broadcast(comm, refusal);
}

void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory) {
  StartWatch::limit(StartWatch::until_told);
  std::vector<std::int64_t> numbers = pack(terms);
  std::array<std::int64_t, sizes> announcement{};
  announcement[dataset_bytes] = static_cast<std::int64_t>(dataset.packed().size());
  announcement[terms_numbers] = static_cast<std::int64_t>(numbers.size());
  broadcast(comm, announcement);
  broadcast(comm, numbers);
  broadcast_dataset(Machines(comm), dataset, memory);
}

AnnouncedJob await_announcement(const Communicator& comm) {
  StartWatch::limit(StartWatch::until_announced);
  std::array<std::int64_t, sizes> announcement{};
  broadcast(comm, announcement);
  StartWatch::limit(StartWatch::until_told);
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

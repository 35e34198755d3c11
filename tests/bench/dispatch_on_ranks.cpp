// What a lease costs over MPI where the work costs nothing, beside MPI's own request and reply.
// scripts/bench/dispatch runs it.
//
//   mpirun -n RANKS dispatch_on_ranks LEASES BLOCKS
//
// Three kinds of block take turns, each with as many requests as leases and with rank 0 looking for
// messages from anyone, as evenkeel does:
//   raw      a worker sends a request, and waits for the reply
//   as sent  the same with what evenkeel sends for a lease of one step: a request, and a report
//   evenkeel a session under policy self
// All of evenkeel's sizes, and its one request at a time. Prints the times of all blocks as a line
// of JSON, in ns a request: from the first request to the last lease's end, by the workers' clocks.
#include <fmt/format.h>
#include <mpi.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "evenkeel/session.h"
#include "protocol/wire.h"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;
using Span = std::pair<Clock::time_point, Clock::time_point>;

constexpr int request_tag = 1;
constexpr int report_tag = 2;
constexpr int reply_tag = 3;

int rank_of(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

int size_of(MPI_Comm comm) {
  int size = 0;
  MPI_Comm_size(comm, &size);
  return size;
}

void wait_yielding(MPI_Request& request, MPI_Status* status) {
  for (int complete = 0;;) {
    MPI_Test(&request, &complete, status);
    if (complete != 0) return;
    std::this_thread::yield();
  }
}

// What a worker sends before it gets a reply.
enum class Sent : std::uint8_t { request, request_and_report };

// Rank 0: answers so many requests. An empty reply is the last.
void answer_raw(std::int64_t requests) {
  constexpr std::size_t slots = 16;  // as evenkeel posts
  struct Slot {
    MPI_Request request = MPI_REQUEST_NULL;
    std::array<std::byte, wire_limit> bytes;
  };
  std::array<Slot, slots> ring;
  const auto post = [](Slot& slot) {
    MPI_Irecv(slot.bytes.data(), wire_limit, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD,
              &slot.request);
  };
  for (Slot& slot : ring) post(slot);
  const WireMessage grant = encode(Grant());
  int working = size_of(MPI_COMM_WORLD) - 1;
  for (std::size_t at = 0; working > 0; at = (at + 1) % slots) {
    MPI_Status status;
    wait_yielding(ring[at].request, &status);
    post(ring[at]);
    if (status.MPI_TAG == report_tag) continue;
    const bool is_last = requests-- <= 0;
    if (is_last) --working;
    MPI_Send(grant.bytes.data(), is_last ? 0 : static_cast<int>(grant.size), MPI_BYTE,
             status.MPI_SOURCE, reply_tag, MPI_COMM_WORLD);
  }
  for (Slot& slot : ring) {
    MPI_Cancel(&slot.request);
    MPI_Wait(&slot.request, MPI_STATUS_IGNORE);
  }
}

Span ask_raw(Sent sent) {
  const WireMessage report = encode(Report());
  const auto send = [&](int tag) {
    MPI_Send(report.bytes.data(), static_cast<int>(report.size), MPI_BYTE, 0, tag, MPI_COMM_WORLD);
  };
  Span span{Clock::now(), {}};
  for (int size = -1; size != 0;) {
    span.second = Clock::now();
    std::array<std::byte, wire_limit> reply{};
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(reply.data(), wire_limit, MPI_BYTE, 0, reply_tag, MPI_COMM_WORLD, &request);
    send(request_tag);
    if (sent == Sent::request_and_report) send(report_tag);
    MPI_Status status;
    wait_yielding(request, &status);
    MPI_Get_count(&status, MPI_BYTE, &size);
  }
  return span;
}

// A block of MPI alone, on every rank.
Span run_raw(std::int64_t requests, Sent sent) {
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) > 0) return ask_raw(sent);
  answer_raw(requests);
  return {};
}

Span run_evenkeel(const std::string& manifest) {
  JobOptions options;
  options.manifest = manifest;
  options.policy = PolicyKind::self;
  options.step_samples = 1;
  options.shard_samples = 1'000'000'000'000;
  options.print_report = options.show_progress = false;
  Session session(MPI_COMM_WORLD, options);
  MPI_Barrier(MPI_COMM_WORLD);
  if (session.coordinates()) {
    if (!session.serve().complete) MPI_Abort(MPI_COMM_WORLD, 1);
    return {};
  }
  Span span{Clock::now(), {}};
  while (const auto step = session.next()) {
    session.done(*step);
    span.second = Clock::now();
  }
  return span;
}

// From the first worker's begin to the last one's end, on rank 0: on one machine all clocks agree.
double ns_a_request(Span own, std::int64_t requests) {
  const bool works = rank_of(MPI_COMM_WORLD) > 0;
  std::int64_t begin = works ? own.first.time_since_epoch().count() : INT64_MAX;
  std::int64_t end = works ? own.second.time_since_epoch().count() : INT64_MIN;
  MPI_Allreduce(MPI_IN_PLACE, &begin, 1, MPI_INT64_T, MPI_MIN, MPI_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, &end, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
  return static_cast<double>(end - begin) / static_cast<double>(requests);
}

void run(std::int64_t leases, int blocks) {
  const bool is_first = rank_of(MPI_COMM_WORLD) == 0;
  std::string folder = (std::filesystem::temp_directory_path() / "evenkeel-XXXXXX").string();
  std::string manifest;
  if (is_first) {
    if (::mkdtemp(folder.data()) == nullptr) MPI_Abort(MPI_COMM_WORLD, 1);
    manifest = folder + "/manifest.csv";
    std::ofstream(manifest) << "path,samples\ndata," << leases << '\n';
  }
  std::vector<double> raw;
  std::vector<double> as_sent;
  std::vector<double> evenkeel;
  for (int block = 0; block < blocks; ++block) {
    raw.push_back(ns_a_request(run_raw(leases, Sent::request), leases));
    as_sent.push_back(ns_a_request(run_raw(leases, Sent::request_and_report), leases));
    evenkeel.push_back(ns_a_request(run_evenkeel(manifest), leases));
  }
  if (!is_first) return;
  std::filesystem::remove_all(folder);
  fmt::print("{{\"raw\": [{:.1f}], \"as_sent\": [{:.1f}], \"evenkeel\": [{:.1f}]}}\n",
             fmt::join(raw, ", "), fmt::join(as_sent, ", "), fmt::join(evenkeel, ", "));
}

}  // namespace
}  // namespace evenkeel

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  if (argc == 3) evenkeel::run(std::atoll(argv[1]), std::atoi(argv[2]));
  MPI_Finalize();
}

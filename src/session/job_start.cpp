#include "session/job_start.h"

#include <mpi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "evenkeel/session.h"
#include "session/dataset_broadcast.h"
#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {
namespace {

constexpr std::size_t host_bytes = 256;  // with the final 0

// The announcement: whole numbers, which MPI carries between machines of any kind.
enum Field : std::size_t {
  accepted,
  dataset_bytes,
  shuffle,
  seed,
  shuffle_block,
  step_samples,
  warmup_steps,
  report_interval_ns,
  global_batch,  // 0: lease mode
  micro_batch,
  keeps_last,
  steps,
  first_step,
  min_batch,
  epochs,
  shard_samples,
  tag_bytes,
  fields
};
using Announcement = std::array<std::int64_t, fields>;

// Rank 0's announcement reaches all; reading a large manifest takes rank 0 its time.
void broadcast(const Communicator& comm, Announcement& announcement) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibcast(announcement.data(), static_cast<int>(announcement.size()), MPI_INT64_T, 0,
                       comm.get(), &request),
            "MPI_Ibcast");
  wait_napping(request);
}

void broadcast(const Communicator& comm, std::string& text) {
  mpi_check(MPI_Bcast(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, comm.get()),
            "MPI_Bcast");
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
  Announcement refusal{};
  broadcast(comm, refusal);
}

void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory) {
  Announcement announcement{};
  announcement[accepted] = 1;
  announcement[dataset_bytes] = static_cast<std::int64_t>(dataset.packed().size());
  announcement[shuffle] = static_cast<std::int64_t>(terms.order.shuffle);
  announcement[seed] = static_cast<std::int64_t>(terms.order.seed);
  announcement[shuffle_block] = terms.order.shuffle_block;
  announcement[step_samples] = terms.worker.step_samples;
  announcement[warmup_steps] = terms.worker.warmup_steps;
  announcement[report_interval_ns] = terms.worker.report_interval.count();
  announcement[min_batch] = terms.min_batch;
  announcement[epochs] = terms.epochs;
  announcement[shard_samples] = terms.shard_samples;
  announcement[tag_bytes] = static_cast<std::int64_t>(terms.resumed_tag.size());
  if (terms.line) {
    announcement[global_batch] = terms.line->global_batch;
    announcement[micro_batch] = terms.line->micro_batch;
    announcement[keeps_last] = terms.line->keeps_last ? 1 : 0;
    announcement[steps] = terms.line->steps;
    announcement[first_step] = terms.line->first_step;
  }
  broadcast(comm, announcement);
  std::string tag = terms.resumed_tag;
  broadcast(comm, tag);
  broadcast_dataset(Machines(comm), dataset, memory);
}

AnnouncedJob await_announcement(const Communicator& comm) {
  Announcement announcement{};
  broadcast(comm, announcement);
  if (announcement[accepted] == 0) throw SessionRefused();
  JobTerms terms;
  terms.order.shuffle = static_cast<Shuffle>(announcement[shuffle]);
  terms.order.seed = static_cast<std::uint64_t>(announcement[seed]);
  terms.order.shuffle_block = announcement[shuffle_block];
  terms.worker.step_samples = announcement[step_samples];
  terms.worker.warmup_steps = static_cast<std::int32_t>(announcement[warmup_steps]);
  terms.worker.report_interval = Duration(announcement[report_interval_ns]);
  terms.min_batch = announcement[min_batch];
  terms.epochs = static_cast<std::int32_t>(announcement[epochs]);
  terms.shard_samples = announcement[shard_samples];
  terms.resumed_tag.resize(static_cast<std::size_t>(announcement[tag_bytes]));
  broadcast(comm, terms.resumed_tag);
  auto dataset =
      receive_dataset(Machines(comm), static_cast<std::size_t>(announcement[dataset_bytes]));
  if (announcement[global_batch] > 0) {
    terms.line = BatchLine{dataset->samples(),        announcement[global_batch],
                           announcement[micro_batch], announcement[keeps_last] != 0,
                           announcement[steps],       announcement[first_step]};
  }
  return {terms, std::move(dataset)};
}

}  // namespace evenkeel

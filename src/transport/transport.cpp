#include "transport/transport.h"

#include <fmt/core.h>

namespace evenkeel {
namespace {

// At most a grant, a trim, a fence and a finish are on their way to one worker, and fewer from it.
constexpr std::size_t sends_per_peer = 4;

// One a direction, as rank 0 may have both ends.
constexpr int to_coordinator_tag = Transport::last_free_tag + 1;
constexpr int to_worker_tag = Transport::last_free_tag + 2;

std::shared_ptr<Communicator> duplicate_of(MPI_Comm comm) {
  return std::make_shared<Communicator>(Communicator::duplicate(comm));
}

}  // namespace

Transport::Transport(MPI_Comm comm) : Transport(duplicate_of(comm)) {}

Transport::Transport(const std::shared_ptr<Communicator>& comm)
    : Transport(comm, comm->rank() == Rank(0) ? End::coordinator : End::worker) {}

Transport::Transport(const WorkerBeside& beside)
    : Transport(beside.coordinator.comm_, End::worker) {}

Transport::Transport(const std::shared_ptr<Communicator>& comm, End end)
    : comm_(comm),
      receives_(comm_->get(), end == End::coordinator ? to_coordinator_tag : to_worker_tag),
      sends_(comm_->get(), end == End::coordinator ? to_worker_tag : to_coordinator_tag,
             sends_per_peer *
                 (end == End::coordinator ? static_cast<std::size_t>(comm_->size()) : 2)) {}

template <typename Message>
std::optional<Transport::Received<Message>> Transport::receive() {
  const std::optional<ReceiveRing::Arrival> arrival = receives_.next();
  if (!arrival) return std::nullopt;
  try {
    return Received<Message>{arrival->from, decode<Message>(arrival->bytes)};
  } catch (const WireError& error) {
    throw WireError(fmt::format("rank {} sent {}", arrival->from.value(), error.what()));
  }
}

template std::optional<Transport::Received<WorkerMessage>> Transport::receive<WorkerMessage>();
template std::optional<Transport::Received<CoordinatorMessage>>
Transport::receive<CoordinatorMessage>();

void Transport::abandon() {
  sends_.abandon();
  comm_->leave_to_finalize();
}

}  // namespace evenkeel

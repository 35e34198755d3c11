#include "transport/transport.h"

#include <fmt/core.h>

namespace evenkeel {
namespace {

// At most a grant, a trim, a fence and a finish are on their way to one worker, and fewer from it.
constexpr std::size_t sends_per_peer = 4;

}  // namespace

Transport::Transport(MPI_Comm comm)
    : comm_(Communicator::duplicate(comm)),
      receives_(comm_.get(), message_tag),
      sends_(comm_.get(), message_tag,
             sends_per_peer *
                 (comm_.rank() == Rank(0) ? static_cast<std::size_t>(comm_.size()) : 2)) {}

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
  comm_.leave_to_finalize();
}

}  // namespace evenkeel

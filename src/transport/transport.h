// Messages between the coordinator and the workers over MPI.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "core/protocol.h"
#include "core/types.h"
#include "transport/communicator.h"
#include "transport/receive_ring.h"
#include "transport/send_pool.h"

namespace evenkeel {

// Carries the messages of core/protocol.h on a duplicate of the caller's communicator: an evenkeel
// message is never seen by the program, nor the other way round. Ranks are those of the caller's
// communicator. Single-threaded and non-blocking; MPI progresses only inside these calls.
//
// Fault model, which the simulation replays: messages are not lost or altered, and those of one
// sender arrive in the order sent; between senders there is no order. Ranks are slow, hang, wake
// up late, and die. Nobody is told of a death. A message to a dead rank may stay on its way for
// ever: send nothing to a suspect before it speaks.
class Transport {
 public:
  // Collective over `comm`. The coordinator's end on rank 0, a worker's on the others.
  explicit Transport(MPI_Comm comm);

  // On rank 0, and local: a worker's end there, which uses the communicator of the coordinator's.
  struct WorkerBeside {
    const Transport& coordinator;
  };
  explicit Transport(const WorkerBeside& beside);

  template <typename Message>
  struct Received {
    Rank from;
    Message message;
  };

  // The next message, if one has come. Message is what comes to this end: WorkerMessage to the
  // coordinator's, CoordinatorMessage to a worker's. Throws WireError that names the sender.
  template <typename Message>
  std::optional<Received<Message>> receive();

  // Starts a send; see SendPool for when it waits.
  template <typename Message>
  void send(Rank to, const Message& message) {
    sends_.send(to, encode(message));
  }

  // As SendPool's.
  bool idle() { return sends_.idle(); }
  void flush() { sends_.flush(); }

  // For a rank that leaves while others may still send to it, or may never receive what it sent:
  // nothing is waited for, and nothing of this communicator is ever used again.
  void abandon();

  // For collectives of evenkeel's own; point-to-point tags up to last_free_tag.
  const Communicator& communicator() const { return *comm_; }
  static constexpr int last_free_tag = 99;

 private:
  enum class End : std::uint8_t { coordinator, worker };
  explicit Transport(const std::shared_ptr<Communicator>& comm);
  Transport(const std::shared_ptr<Communicator>& comm, End end);

  std::shared_ptr<Communicator> comm_;  // two ends on one rank share it
  ReceiveRing receives_;
  SendPool sends_;
};

extern template std::optional<Transport::Received<WorkerMessage>>
Transport::receive<WorkerMessage>();
extern template std::optional<Transport::Received<CoordinatorMessage>>
Transport::receive<CoordinatorMessage>();

}  // namespace evenkeel

// Messages between the coordinator and the workers over MPI.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/types.h"
#include "protocol/messages.h"
#include "transport/communicator.h"
#include "transport/failures.h"
#include "transport/receive_ring.h"
#include "transport/send_pool.h"

namespace evenkeel {

// Carries the messages of protocol/messages.h on a duplicate of the caller's communicator: an
// evenkeel message is never seen by the program, nor the other way round. Ranks are those of the
// caller's communicator. Single-threaded and non-blocking; MPI progresses only inside these calls.
//
// Fault model, which the simulation replays: messages are not lost or altered, and those of one
// sender arrive in the order sent; between senders there is no order. Ranks are slow, hang, wake
// up late, and die. Nobody is told of a death, unless MPI is tolerant of faults. A message to a
// dead rank may stay on its way for ever: send nothing to a suspect before it speaks.
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

  // The next message, if one has come. Messages: what comes to this end in the job's mode, such as
  // LeaseMode::ToWorker to a worker's. Throws WireError that names the sender.
  template <typename Messages>
  std::optional<Received<Messages>> receive();

  // Starts a send; see SendPool for when it waits.
  template <typename Message>
  void send(Rank to, const Message& message) {
    sends_.send(to, encode(message));
  }

  // A worker's end: asks the coordinator whether it is there. Its answer is no message, but counts
  // in arrivals(), as all that comes does.
  void call(Rank coordinator) { sends_.send(coordinator, encode(LifeSign::call)); }
  std::uint64_t arrivals() const { return arrivals_; }

  // Ranks that MPI says have died, each once; two ends on one rank share what they are told. What
  // they have sent before may still come.
  std::vector<Rank> take_failed() { return line_->failures.take(); }

  // As SendPool's.
  bool idle() { return sends_.idle(); }
  void flush() { sends_.flush(); }
  bool flush(std::chrono::nanoseconds at_most) { return sends_.flush(at_most); }

  // For a rank that leaves while others may still send to it, or may never receive what it sent:
  // nothing is waited for, and nothing of this communicator is ever used again.
  void abandon();

  // For collectives of evenkeel's own; point-to-point tags up to last_free_tag.
  const Communicator& communicator() const { return line_->comm; }
  static constexpr int last_free_tag = 99;

 private:
  enum class End : std::uint8_t { coordinator, worker };
  struct Line {
    explicit Line(MPI_Comm of) : comm(Communicator::duplicate(of)), failures(comm.get()) {}

    Communicator comm;
    Failures failures;
  };
  explicit Transport(const std::shared_ptr<Line>& line);
  Transport(const std::shared_ptr<Line>& line, End end);
  bool take_life_sign(const ReceiveRing::Arrival& arrival);

  std::shared_ptr<Line> line_;  // two ends on one rank share it
  ReceiveRing receives_;
  SendPool sends_;
  LifeSign expected_;
  std::uint64_t arrivals_ = 0;
};

extern template std::optional<Transport::Received<LeaseMode::ToCoordinator>> Transport::receive();
extern template std::optional<Transport::Received<LeaseMode::ToWorker>> Transport::receive();
extern template std::optional<Transport::Received<StepMode::ToCoordinator>> Transport::receive();
extern template std::optional<Transport::Received<StepMode::ToWorker>> Transport::receive();

}  // namespace evenkeel

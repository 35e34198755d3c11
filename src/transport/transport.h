// Messages between the coordinator and the workers over MPI.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"
#include "protocol/messages.h"
#include "protocol/wire.h"
#include "transport/communicator.h"
#include "transport/failures.h"
#include "transport/receive_ring.h"
#include "transport/send_pool.h"

namespace evenkeel {

// A rank has sent what is no message of this build.
class UnreadableMessage : public WireError {
 public:
  UnreadableMessage(Rank from, const std::string& text) : WireError(text), from_(from) {}

  Rank from() const { return from_; }

 private:
  Rank from_;
};

// Carries the messages of protocol/messages.h on a duplicate of the caller's communicator, apart
// from the program's own messages. Ranks are those of the caller's communicator. Single-threaded
// and non-blocking; MPI progresses only inside these calls.
//
// Fault model, as in the simulation: messages are not lost or altered, and those of one sender
// arrive in the order sent; there is no order between senders. Ranks are slow, hang, wake up late,
// and die. Deaths are not reported unless MPI tolerates faults. A send to a dead rank may never
// complete: do not send to a suspect before it sends something.
class Transport {
 public:
  // Collective over `comm`. The coordinator's end on rank 0, a worker's on the others.
  explicit Transport(MPI_Comm comm);

  // The same over a duplicate that was made before.
  explicit Transport(Communicator duplicate);

  // Local, on rank 0: a worker's end that shares the coordinator's communicator.
  struct WorkerBeside {
    const Transport& coordinator;
  };
  explicit Transport(const WorkerBeside& beside);

  template <typename Message>
  struct Received {
    Rank from;
    Message message;
  };

  // The next message, if one has arrived. Messages: what this end receives in the job's mode, such
  // as LeaseMode::ToWorker at a worker. Throws UnreadableMessage, whose text names the sender.
  template <typename Messages>
  std::optional<Received<Messages>> receive();

  // Starts a send, without waiting for the receiver.
  template <typename Message>
  void send(Rank to, const Message& message) {
    sends_.send(to, encode(message));
  }

  // A worker's end: pings the coordinator. The answer is not a message, but counts in arrivals().
  void call(Rank coordinator) { sends_.send(coordinator, encode(LifeSign::call)); }
  std::uint64_t arrivals() const { return arrivals_; }

  // Ranks that MPI reports as dead, each once; two ends on one rank share the list. Messages that
  // they sent earlier may still arrive.
  std::vector<Rank> take_failed() { return line_->failures.take(); }

  bool idle() { return sends_.idle(); }
  void flush() { sends_.flush(); }
  bool flush(std::chrono::nanoseconds at_most) { return sends_.flush(at_most); }

  // For a rank that leaves while others may still send to it, or may never receive what it sent:
  // waits for nothing; this communicator is never reused.
  void abandon();

  // For evenkeel's own collectives; point-to-point tags up to last_free_tag.
  const Communicator& communicator() const { return line_->comm; }
  static constexpr int last_free_tag = 99;

 private:
  enum class End : std::uint8_t { coordinator, worker };
  struct Line {
    explicit Line(Communicator duplicate) : comm(std::move(duplicate)), failures(comm.get()) {}

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

// Sends of wire messages in progress.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "core/types.h"
#include "protocol/wire.h"
#include "transport/failures.h"

namespace evenkeel {

// Owns the bytes and the request of every send until MPI is done with it. No call waits for a
// receiver: a rank that is stopped, or cannot be reached, must not hold up the others. At most a
// fixed number of sends is in progress per receiver, and further messages to it are kept; only
// these allocate.
//
// Destroying the pool with sends in progress is a bug: flush() or abandon() first. The communicator
// and its failures must outlive the pool.
class SendPool {
 public:
  // `receivers`: how many there are. The messages are for ranks of `comm`.
  SendPool(MPI_Comm comm, int tag, int receivers, int sends_per_receiver, Failures& failures);
  ~SendPool();
  SendPool(const SendPool&) = delete;
  SendPool& operator=(const SendPool&) = delete;

  // Starts a send, or keeps the message until others to this rank are complete. Drops messages to
  // ranks that MPI knows to be dead.
  void send(Rank to, const WireMessage& message);

  // Starts the sends that can be started now. Call regularly.
  void go_on() {
    while (!kept_.empty() && collect_completed()) {
    }
  }

  // Lets MPI progress; returns true when no send is in progress.
  bool idle();

  // Waits until no send is in progress, at most that long; returns whether none is.
  void flush();
  bool flush(std::chrono::nanoseconds at_most);

  // Gives up sends whose receivers may be dead. Their bytes are leaked, since MPI may still read
  // them. Nothing can be sent afterwards.
  void abandon();

 private:
  bool collect_completed();  // whether there were any
  bool can_start(Rank to) const;
  bool is_below_limit(Rank to) const;
  void start(Rank to, const WireMessage& message);
  void start_kept(Rank to);

  MPI_Comm comm_;
  int tag_;
  int most_;  // sends in progress per receiver
  Failures& failures_;
  std::vector<WireMessage> messages_;  // indexed by slot, like the requests
  std::vector<MPI_Request> requests_;  // MPI_REQUEST_NULL: the slot is free
  std::vector<Rank> receivers_;
  std::vector<int> in_progress_;  // indexed by receiving rank
  std::vector<int> free_;
  std::vector<int> completed_;  // buffer for MPI_Testsome
  std::map<Rank, std::deque<WireMessage>> kept_;
};

}  // namespace evenkeel

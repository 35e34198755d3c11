// Sends of wire messages in progress.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <vector>

#include "core/types.h"
#include "protocol/wire.h"
#include "transport/failures.h"

namespace evenkeel {

// Owns the bytes and the request of every send until MPI is done with it. The number of sends in
// progress is fixed; none allocates.
//
// Destroying the pool with sends in progress is a bug: flush() or abandon() first. The communicator
// and its failures must outlive the pool.
class SendPool {
 public:
  SendPool(MPI_Comm comm, int tag, std::size_t capacity, Failures& failures);
  ~SendPool();
  SendPool(const SendPool&) = delete;
  SendPool& operator=(const SendPool&) = delete;

  // Starts a send. Waits only if `capacity` sends are in progress: until MPI completes one, which
  // may take until its receiver next calls MPI. Drops messages to ranks that MPI knows to be dead.
  void send(Rank to, const WireMessage& message);

  // Lets MPI progress; returns true when no send is in progress.
  bool idle();

  // Waits until no send is in progress, at most that long; returns whether none is.
  void flush();
  bool flush(std::chrono::nanoseconds at_most);

  // Gives up sends whose receivers may be dead. Their bytes are leaked, since MPI may still read
  // them. Nothing can be sent afterwards.
  void abandon();

 private:
  void collect_completed();

  MPI_Comm comm_;
  int tag_;
  Failures& failures_;
  std::vector<WireMessage> messages_;  // indexed by slot, like the requests
  std::vector<MPI_Request> requests_;  // MPI_REQUEST_NULL: the slot is free
  std::vector<int> free_;
  std::vector<int> completed_;  // buffer for MPI_Testsome
};

}  // namespace evenkeel

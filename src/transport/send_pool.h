// Sends of wire messages on their way.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <vector>

#include "core/types.h"
#include "protocol/wire.h"
#include "transport/failures.h"

namespace evenkeel {

// Owns the bytes and the request of every send together until MPI is done with both. A fixed
// number of sends may be on their way; none allocates.
//
// Destroying the pool with sends on their way is a bug: flush() or abandon() them first. The
// communicator and its failures must outlive the pool.
class SendPool {
 public:
  SendPool(MPI_Comm comm, int tag, std::size_t capacity, Failures& failures);
  ~SendPool();
  SendPool(const SendPool&) = delete;
  SendPool& operator=(const SendPool&) = delete;

  // Starts a send. Waits only if `capacity` sends are on their way: until MPI is done with one,
  // which may take until its receiver next calls MPI. What is sent to a rank that MPI knows to be
  // dead is dropped.
  void send(Rank to, const WireMessage& message);

  // Lets MPI progress; true when no send is on its way.
  bool idle();

  // Waits until no send is on its way; for so long at most, and then returns whether that is so.
  void flush();
  bool flush(std::chrono::nanoseconds at_most);

  // Gives up sends whose receivers may be dead: their bytes stay where they are for the rest of
  // the process, as MPI may still read them. Nothing can be sent afterwards.
  void abandon();

 private:
  void collect_completed();

  MPI_Comm comm_;
  int tag_;
  Failures& failures_;
  std::vector<WireMessage> messages_;  // by slot, as are the requests
  std::vector<MPI_Request> requests_;  // MPI_REQUEST_NULL: the slot is free
  std::vector<int> free_;
  std::vector<int> completed_;  // room for MPI_Testsome's answer
};

}  // namespace evenkeel

// Pre-posted receives of wire messages.
#pragma once

#include <mpi.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/types.h"
#include "protocol/wire.h"
#include "transport/failures.h"

namespace evenkeel {

// Several receives from any source are always posted. MPI matches messages to them in the order in
// which they were posted, so testing only the oldest keeps the order per sender and takes one call.
//
// Owns the requests and their buffers; the destructor cancels posted receives, which is a local
// operation. The communicator and its failures must outlive the ring.
class ReceiveRing {
 public:
  struct Arrival {
    Rank from;                         // as MPI reports it, not the payload
    std::span<const std::byte> bytes;  // valid until the next call of next(); cut to wire_limit
  };

  ReceiveRing(MPI_Comm comm, int tag, Failures& failures);
  ~ReceiveRing();
  ReceiveRing(const ReceiveRing&) = delete;
  ReceiveRing& operator=(const ReceiveRing&) = delete;

  // The next message that has arrived, if any; never waits.
  std::optional<Arrival> next();

 private:
  static constexpr std::size_t slots = 16;

  struct Slot {
    MPI_Request request = MPI_REQUEST_NULL;
    std::array<std::byte, wire_limit> buffer;
  };

  void post(Slot& slot);
  void go_on();

  MPI_Comm comm_;
  int tag_;
  Failures& failures_;
  std::array<Slot, slots> ring_;
  std::size_t oldest_ = 0;
  bool lent_ = false;  // the reader uses the oldest slot's bytes
};

}  // namespace evenkeel

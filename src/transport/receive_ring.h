// Receives of wire messages, posted before they come.
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

// Several receives from any source are posted at all times. MPI matches messages to them in the
// order in which they were posted, so looking at the oldest alone keeps the order of every
// sender, and takes one call.
//
// Owns the requests together with their buffers; the destructor cancels what is still posted,
// which is local. The communicator and its failures must outlive the ring.
class ReceiveRing {
 public:
  struct Arrival {
    Rank from;                         // as MPI says, not the payload
    std::span<const std::byte> bytes;  // until the next call of next()
  };

  ReceiveRing(MPI_Comm comm, int tag, Failures& failures);
  ~ReceiveRing();
  ReceiveRing(const ReceiveRing&) = delete;
  ReceiveRing& operator=(const ReceiveRing&) = delete;

  // The next message, if one has come; never waits.
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
  bool lent_ = false;  // the reader has the oldest slot's bytes
};

}  // namespace evenkeel

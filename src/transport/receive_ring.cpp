#include "transport/receive_ring.h"

#include "transport/communicator.h"
#include "transport/mpi_error.h"

namespace evenkeel {

ReceiveRing::ReceiveRing(MPI_Comm comm, int tag) : comm_(comm), tag_(tag) {
  for (Slot& slot : ring_) post(slot);
}

ReceiveRing::~ReceiveRing() {
  if (mpi_finalized()) return;
  for (Slot& slot : ring_) {
    if (slot.request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&slot.request);
    MPI_Wait(&slot.request, MPI_STATUS_IGNORE);  // local: cancelled, or complete already
  }
}

void ReceiveRing::post(Slot& slot) {
  mpi_check(MPI_Irecv(slot.buffer.data(), static_cast<int>(slot.buffer.size()), MPI_BYTE,
                      MPI_ANY_SOURCE, tag_, comm_, &slot.request),
            "MPI_Irecv");
}

std::optional<ReceiveRing::Arrival> ReceiveRing::next() {
  if (lent_) {
    lent_ = false;
    post(ring_[oldest_]);
    oldest_ = (oldest_ + 1) % slots;
  }
  Slot& slot = ring_[oldest_];
  int arrived = 0;
  MPI_Status status;
  mpi_check(MPI_Test(&slot.request, &arrived, &status), "MPI_Test");
  if (arrived == 0) return std::nullopt;
  lent_ = true;
  int size = 0;
  mpi_check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  return Arrival{Rank(status.MPI_SOURCE),
                 std::span(slot.buffer).first(static_cast<std::size_t>(size))};
}

}  // namespace evenkeel

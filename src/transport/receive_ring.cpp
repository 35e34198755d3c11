#include "transport/receive_ring.h"

#include "transport/communicator.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

// The message is longer than any of this build; MPI has received its beginning.
bool is_truncation(int code) {
  int kind = MPI_SUCCESS;
  return code != MPI_SUCCESS && MPI_Error_class(code, &kind) == MPI_SUCCESS &&
         kind == MPI_ERR_TRUNCATE;
}

}  // namespace

ReceiveRing::ReceiveRing(MPI_Comm comm, int tag, Failures& failures)
    : comm_(comm), tag_(tag), failures_(failures) {
  for (Slot& slot : ring_) post(slot);
}

ReceiveRing::~ReceiveRing() {
  if (mpi_finalized()) return;
  failures_.look();  // a receive from any source cannot end before
  for (Slot& slot : ring_) {
    if (slot.request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&slot.request);
    MPI_Wait(&slot.request, MPI_STATUS_IGNORE);  // local: cancelled, or complete already
  }
}

void ReceiveRing::post(Slot& slot) {
  const auto start = [&] {
    return MPI_Irecv(slot.buffer.data(), static_cast<int>(slot.buffer.size()), MPI_BYTE,
                     MPI_ANY_SOURCE, tag_, comm_, &slot.request);
  };
  const int code = start();
  mpi_check(failures_.explain(code) ? start() : code, "MPI_Irecv");
}

// The oldest slot is free again, and becomes the youngest.
void ReceiveRing::go_on() {
  lent_ = false;
  post(ring_[oldest_]);
  oldest_ = (oldest_ + 1) % slots;
}

std::optional<ReceiveRing::Arrival> ReceiveRing::next() {
  if (lent_) go_on();
  Slot& slot = ring_[oldest_];
  int arrived = 0;
  MPI_Status status;
  const int code = MPI_Test(&slot.request, &arrived, &status);
  if (failures_.explain(code)) {
    if (slot.request == MPI_REQUEST_NULL) go_on();  // usually it is already posted again
    return std::nullopt;
  }
  const bool is_cut = is_truncation(code);
  if (!is_cut) mpi_check(code, "MPI_Test");
  if (arrived == 0 && !is_cut) return std::nullopt;
  lent_ = true;
  int size = static_cast<int>(slot.buffer.size());
  if (!is_cut) mpi_check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  return Arrival{Rank(status.MPI_SOURCE),
                 std::span(slot.buffer).first(static_cast<std::size_t>(size))};
}

}  // namespace evenkeel

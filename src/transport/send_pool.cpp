#include "transport/send_pool.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "transport/host_clock.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"

namespace evenkeel {

SendPool::SendPool(MPI_Comm comm, int tag, std::size_t capacity, Failures& failures)
    : comm_(comm),
      tag_(tag),
      failures_(failures),
      messages_(capacity),
      requests_(capacity, MPI_REQUEST_NULL),
      free_(capacity),
      completed_(capacity) {
  EVENKEEL_CHECK(capacity >= 1 && capacity <= std::numeric_limits<int>::max());
  std::iota(free_.begin(), free_.end(), 0);
}

SendPool::~SendPool() { EVENKEEL_CHECK(free_.size() == requests_.size()); }

void SendPool::send(Rank to, const WireMessage& message) {
  IdleWait wait(IdleWait::prompt);
  while (free_.empty()) {
    collect_completed();
    if (free_.empty()) wait.pause();
  }
  const int index = free_.back();
  const auto slot = static_cast<std::size_t>(index);
  std::ranges::copy(message.view(), messages_[slot].bytes.begin());
  const int code = MPI_Isend(messages_[slot].bytes.data(), static_cast<int>(message.size), MPI_BYTE,
                             to.value(), tag_, comm_, &requests_[slot]);
  if (failures_.explain(code)) {
    requests_[slot] = MPI_REQUEST_NULL;
    return;
  }
  mpi_check(code, "MPI_Isend");
  free_.pop_back();
}

bool SendPool::idle() {
  if (free_.size() < requests_.size()) collect_completed();
  return free_.size() == requests_.size();
}

void SendPool::flush() {
  IdleWait wait(IdleWait::prompt);
  while (!idle()) wait.pause();
}

bool SendPool::flush(std::chrono::nanoseconds at_most) {
  const auto until = HostClock::now() + at_most;
  IdleWait wait(IdleWait::prompt);
  while (!idle()) {
    if (HostClock::now() >= until) return false;
    wait.pause();
  }
  return true;
}

void SendPool::abandon() {
  if (free_.size() == requests_.size()) return;
  for (MPI_Request& request : requests_) {
    if (request != MPI_REQUEST_NULL) MPI_Request_free(&request);
  }
  static_cast<void>(new std::vector<WireMessage>(std::move(messages_)));  // see the header
  requests_.clear();
  free_.clear();
}

void SendPool::collect_completed() {
  int count = 0;
  const int code = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count,
                                completed_.data(), MPI_STATUSES_IGNORE);
  if (!failures_.explain(code)) mpi_check(code, "MPI_Testsome");
  if (count == MPI_UNDEFINED) return;
  free_.insert(free_.end(), completed_.begin(), completed_.begin() + count);
}

}  // namespace evenkeel

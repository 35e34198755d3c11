#include "transport/send_pool.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "transport/communicator.h"
#include "transport/host_clock.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"

namespace evenkeel {

SendPool::SendPool(MPI_Comm comm, int tag, int receivers, int sends_per_receiver,
                   Failures& failures)
    : comm_(comm), tag_(tag), most_(sends_per_receiver), failures_(failures) {
  EVENKEEL_CHECK(receivers >= 1 && most_ >= 1 && receivers <= INT_MAX / most_);
  const auto capacity = static_cast<std::size_t>(receivers) * static_cast<std::size_t>(most_);
  messages_.resize(capacity);
  requests_.assign(capacity, MPI_REQUEST_NULL);
  receivers_.resize(capacity);
  free_.resize(capacity);
  completed_.resize(capacity);
  std::iota(free_.begin(), free_.end(), 0);
  int ranks = 0;
  mpi_check(MPI_Comm_size(comm, &ranks), "MPI_Comm_size");
  in_progress_.resize(static_cast<std::size_t>(ranks));
}

SendPool::~SendPool() { EVENKEEL_CHECK(free_.size() == requests_.size() && kept_.empty()); }

void SendPool::send(Rank to, const WireMessage& message) {
  if (can_start(to) || (collect_completed() && can_start(to))) {
    start(to, message);
  } else {
    kept_[to].push_back(message);
  }
}

// Messages to one rank stay in order. Below its limit, there is a free slot. MPI refuses ranks that
// do not exist.
bool SendPool::can_start(Rank to) const { return !kept_.contains(to) && is_below_limit(to); }

bool SendPool::is_below_limit(Rank to) const {
  const auto rank = static_cast<std::size_t>(to.value());
  return rank >= in_progress_.size() || in_progress_[rank] < most_;
}

void SendPool::start(Rank to, const WireMessage& message) {
  EVENKEEL_CHECK(!free_.empty());
  const int index = free_.back();
  const auto slot = static_cast<std::size_t>(index);
  std::memcpy(messages_[slot].bytes.data(), message.bytes.data(), message.size);
  const int code = MPI_Isend(messages_[slot].bytes.data(), static_cast<int>(message.size), MPI_BYTE,
                             to.value(), tag_, comm_, &requests_[slot]);
  if (failures_.explain(code)) {
    requests_[slot] = MPI_REQUEST_NULL;
    return;
  }
  mpi_check(code, "MPI_Isend");
  receivers_[slot] = to;
  ++in_progress_[static_cast<std::size_t>(to.value())];
  free_.pop_back();
}

void SendPool::start_kept(Rank to) {
  const auto kept = kept_.find(to);
  if (kept == kept_.end()) return;
  while (!kept->second.empty() && is_below_limit(to)) {
    start(to, kept->second.front());
    kept->second.pop_front();
  }
  if (kept->second.empty()) kept_.erase(kept);
}

bool SendPool::idle() {
  go_on();
  if (free_.size() < requests_.size()) collect_completed();
  return free_.size() == requests_.size() && kept_.empty();
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
  kept_.clear();
  if (free_.size() == requests_.size()) return;
  for (MPI_Request& request : requests_) {
    if (request != MPI_REQUEST_NULL && !mpi_finalized()) MPI_Request_free(&request);
  }
  static_cast<void>(new std::vector<WireMessage>(std::move(messages_)));  // see the header
  requests_.clear();
  free_.clear();
}

bool SendPool::collect_completed() {
  int count = 0;
  const int code = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count,
                                completed_.data(), MPI_STATUSES_IGNORE);
  if (!failures_.explain(code)) mpi_check(code, "MPI_Testsome");
  if (count == MPI_UNDEFINED) return false;
  for (int i = 0; i < count; ++i) {
    const int slot = completed_[static_cast<std::size_t>(i)];
    free_.push_back(slot);
    const Rank to = receivers_[static_cast<std::size_t>(slot)];
    --in_progress_[static_cast<std::size_t>(to.value())];
    start_kept(to);
  }
  return count > 0;
}

}  // namespace evenkeel

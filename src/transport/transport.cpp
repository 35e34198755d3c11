#include "transport/transport.h"

#include <fmt/core.h>

#include <utility>

namespace evenkeel {
namespace {

// At most a grant, a trim, a fence, a finish and its last word are in progress to one worker, and
// fewer from it.
constexpr int sends_to_worker = 5;
constexpr int sends_to_coordinator = 8;

// One per direction, as rank 0 may have both ends.
constexpr int to_coordinator_tag = Transport::last_free_tag + 1;
constexpr int to_worker_tag = Transport::last_free_tag + 2;

}  // namespace

Transport::Transport(MPI_Comm comm) : Transport(Communicator::duplicate(comm)) {}

Transport::Transport(Communicator duplicate)
    : Transport(std::make_shared<Line>(std::move(duplicate))) {}

Transport::Transport(const std::shared_ptr<Line>& line)
    : Transport(line, line->comm.rank() == Rank(0) ? End::coordinator : End::worker) {}

Transport::Transport(const WorkerBeside& beside)
    : Transport(beside.coordinator.line_, End::worker) {}

Transport::Transport(const std::shared_ptr<Line>& line, End end)
    : line_(line),
      receives_(line_->comm.get(), end == End::coordinator ? to_coordinator_tag : to_worker_tag,
                line_->failures),
      sends_(line_->comm.get(), end == End::coordinator ? to_worker_tag : to_coordinator_tag,
             end == End::coordinator ? line_->comm.size() : 1,
             end == End::coordinator ? sends_to_worker : sends_to_coordinator, line_->failures),
      expected_(end == End::coordinator ? LifeSign::call : LifeSign::answer) {}

template <typename Messages>
std::optional<Transport::Received<Messages>> Transport::receive() {
  sends_.go_on();
  while (const std::optional<ReceiveRing::Arrival> arrival = receives_.next()) {
    ++arrivals_;
    if (arrival->bytes.size() == life_sign_bytes && take_life_sign(*arrival)) continue;
    try {
      return Received<Messages>{arrival->from, decode<Messages>(arrival->bytes)};
    } catch (const WireError& error) {
      throw UnreadableMessage(arrival->from,
                              fmt::format("rank {} sent {}", arrival->from.value(), error.what()));
    }
  }
  return std::nullopt;
}

// The caller is alive, so the answer will be received.
bool Transport::take_life_sign(const ReceiveRing::Arrival& arrival) {
  if (life_sign(arrival.bytes) != expected_) return false;
  if (expected_ == LifeSign::call) sends_.send(arrival.from, encode(LifeSign::answer));
  return true;
}

template std::optional<Transport::Received<LeaseMode::ToCoordinator>> Transport::receive();
template std::optional<Transport::Received<LeaseMode::ToWorker>> Transport::receive();
template std::optional<Transport::Received<StepMode::ToCoordinator>> Transport::receive();
template std::optional<Transport::Received<StepMode::ToWorker>> Transport::receive();

void Transport::abandon() {
  sends_.abandon();
  line_->comm.leave_to_finalize();
}

}  // namespace evenkeel

#include "session/worker_link.h"

namespace evenkeel {
namespace {

constexpr Rank coordinator_rank{0};

AnnouncedJob join(const Communicator& comm, const std::string& host) {
  gather_hosts(comm, host);
  return await_announcement(comm);
}

}  // namespace

WorkerLink::WorkerLink(MPI_Comm comm, const std::string& host)
    : transport_(comm),
      workers_(Communicator::without_rank_zero(comm)),
      job_(join(transport_.communicator(), host)),
      clock_(JobClock::agree(transport_.communicator())) {}

WorkerLink::WorkerLink(const CoordinatorHost& coordinator)
    : transport_(Transport::WorkerBeside{coordinator.transport()}),
      job_{coordinator.terms(), coordinator.shared_dataset()},
      clock_(coordinator.clock()) {}

WorkerLink::~WorkerLink() {
  if (over_) return;
  transport_.abandon();
  workers_.leave_to_finalize();
}

std::optional<CoordinatorMessage> WorkerLink::receive() {
  auto received = transport_.receive<CoordinatorMessage>();
  if (!received) return std::nullopt;
  return received->message;
}

void WorkerLink::send(WorkerOutbox& outbox) {
  for (const WorkerMessage& message : outbox) transport_.send(coordinator_rank, message);
  outbox.clear();
}

void WorkerLink::finish() {
  transport_.flush();
  over_ = true;
}

const EpochOrder& WorkerLink::order_of(Epoch epoch) {
  std::optional<LiveEpoch>& place =
      orders_[static_cast<std::size_t>(epoch.value()) % orders_.size()];
  if (!place || place->epoch != epoch) {
    place.reset();  // before the next is built: an order takes memory for every shard
    place.emplace(LiveEpoch{epoch, EpochOrder(dataset(), job_.terms.order, epoch)});
  }
  return place->order;
}

}  // namespace evenkeel

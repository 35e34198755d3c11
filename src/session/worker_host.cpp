#include "session/worker_host.h"

#include "transport/idle_wait.h"

namespace evenkeel {
namespace {

constexpr Rank coordinator{0};

AnnouncedJob join(const Communicator& comm, const std::string& host) {
  gather_hosts(comm, host);
  return await_announcement(comm);
}

}  // namespace

WorkerHost::WorkerHost(MPI_Comm comm, const std::string& host)
    : transport_(comm),
      workers_(Communicator::without_rank_zero(comm)),
      job_(join(transport_.communicator(), host)),
      clock_(JobClock::agree(transport_.communicator())),
      worker_(job_.terms.worker) {}

WorkerHost::~WorkerHost() {
  if (over_) return;
  transport_.abandon();
  workers_.leave_to_finalize();
}

std::optional<WorkerHost::HostedStep> WorkerHost::next() {
  IdleWait wait(IdleWait::patient);
  for (;;) {
    receive_all();
    const std::optional<LeasedStep> step = worker_.next(clock_.now(), outbox_);
    send_outbox();
    if (step) {
      const EpochOrder& order = order_of(step->epoch);
      HostedStep hosted{*step, {}, order.true_cost(step->interval)};
      order.extents(step->interval, hosted.extents);
      hosted.leased.taken_at = clock_.now();
      return hosted;
    }
    if (worker_.finished()) {
      transport_.flush();
      over_ = true;
      return std::nullopt;
    }
    wait.pause();
  }
}

void WorkerHost::done(const LeasedStep& step, double cost, Duration local_work) {
  worker_.done(step, cost, local_work, clock_.now(), outbox_);
  send_outbox();
}

void WorkerHost::receive_all() {
  while (const auto received = transport_.receive<CoordinatorMessage>()) {
    worker_.receive(received->message, clock_.now(), outbox_);
  }
}

void WorkerHost::send_outbox() {
  for (const WorkerMessage& message : outbox_) transport_.send(coordinator, message);
  outbox_.clear();
}

const EpochOrder& WorkerHost::order_of(Epoch epoch) {
  std::optional<LiveEpoch>& place =
      orders_[static_cast<std::size_t>(epoch.value()) % orders_.size()];
  if (!place || place->epoch != epoch) {
    place.reset();  // before the next is built: an order takes memory for every shard
    place.emplace(LiveEpoch{epoch, EpochOrder(dataset(), job_.terms.order, epoch)});
  }
  return place->order;
}

}  // namespace evenkeel

#include "session/worker_link.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "evenkeel/error.h"
#include "session/end_messages.h"
#include "session/launcher_recovery.h"

namespace evenkeel {
namespace {

Welcome start(const Communicator& comm, StartKind kind) {
  if (kind == StartKind::alone) return await_welcome(comm);
  AnnouncedJob job = await_announcement(comm);
  return {std::move(job), JobClock::agree(comm), std::nullopt};
}

}  // namespace

WorkerLink::WorkerLink(Communicator comm, Communicator workers, const JobOptions& options)
    : transport_(std::move(comm)),
      workers_(std::move(workers)),
      kind_(meet_rank_0(transport_.communicator().get(), start_header(options))),
      welcome_(start(transport_.communicator(), kind_)) {}

WorkerLink::WorkerLink(const CoordinatorHost& coordinator)
    : transport_(Transport::WorkerBeside{coordinator.transport()}),
      welcome_{{coordinator.terms(), coordinator.shared_dataset()}, coordinator.clock(), {}},
      is_beside_(true) {}

WorkerLink::~WorkerLink() {
  // A worker that wakes up after the job may have sent to a rank 0 that has ended.
  if (over_ && kind_ == StartKind::together && transport_.idle()) return;
  transport_.abandon();
  workers_.leave_to_finalize();
}

// Pings a silent coordinator, and finally gives it up: returns whether it does so now.
bool WorkerLink::give_up_if_silent(Instant now) {
  if (over_ || told_to_finish_) return false;
  if (transport_.arrivals() != arrivals_) {
    arrivals_ = transport_.arrivals();
    watchdog_.end(now);
  }
  const CoordinatorWatchdog::Answer answer = watchdog_.look(now);
  if (coordinator_has_failed()) {
    give_up_coordinator("rank 0, which coordinates, has died");
  } else if (answer == CoordinatorWatchdog::Answer::give_up) {
    give_up_coordinator("rank 0, which coordinates, has not answered for a minute");
  } else if (answer == CoordinatorWatchdog::Answer::call) {
    transport_.call(coordinator_rank);
  }
  return coordinator_is_lost_;
}

bool WorkerLink::coordinator_has_failed() {
  if (is_beside_) return false;  // the host looks
  const std::vector<Rank> failed = transport_.take_failed();
  return std::find(failed.begin(), failed.end(), coordinator_rank) != failed.end();
}

void WorkerLink::give_up_coordinator(const char* why) {
  coordinator_is_lost_ = told_to_finish_ = true;
  if (!deaths_are_survived()) throw JobError(fmt::format("{}; this worker ends", why));
  say(fmt::format("rank {}: {}; this worker ends", transport_.communicator().rank().value(), why));
}

void WorkerLink::finish() {
  if (over_ || coordinator_is_lost_) return;
  over_ = transport_.flush(CoordinatorWatchdog::longest);
  coordinator_is_lost_ = !over_;  // it may have died or hang: this worker falls silent
}

const EpochOrder& WorkerLink::order_of(Pass pass) {
  std::optional<LivePass>& place =
      orders_[static_cast<std::size_t>(pass.epoch.value()) % orders_.size()];
  if (!place || place->pass != pass) {
    place.reset();  // before the next is built: an order takes memory for every shard
    place.emplace(LivePass{pass, EpochOrder(dataset(), terms().order, pass.epoch)});
  }
  return place->order;
}

}  // namespace evenkeel

// What a worker needs to take part in a job over MPI, in either mode.
#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dataset/epoch_order.h"
#include "session/coordinator_host.h"
#include "session/job_clock.h"
#include "session/job_start.h"
#include "session/reception.h"
#include "transport/communicator.h"
#include "transport/transport.h"
#include "worker/coordinator_watchdog.h"

namespace evenkeel {

class WorkerLink {
 public:
  // With CoordinatorHost's constructor on rank 0: collective over `comm`, unless the job does not
  // wait for all its ranks; then it returns once rank 0 serves. Throws SessionRefused.
  WorkerLink(Communicator comm, Communicator workers, const JobOptions& options);

  // On rank 0, beside its coordinator, which must outlive the link.
  explicit WorkerLink(const CoordinatorHost& coordinator);

  // If the job is not over, this worker falls silent: it waits for nothing, and the coordinator
  // takes its work back after the deadline.
  ~WorkerLink();
  WorkerLink(const WorkerLink&) = delete;
  WorkerLink& operator=(const WorkerLink&) = delete;

  // The next message of the coordinator, if one has arrived; Messages: ToWorker of the job's mode.
  // If the coordinator has not answered for a minute, reports that and ends: this worker as if the
  // job had been given up where deaths are survived, otherwise the whole job.
  template <typename Messages>
  std::optional<Messages> receive(Instant now) {
    if (welcome_.end) return take_last_word<Messages>();
    auto received = transport_.receive<Messages>();
    if (received) {
      const auto* const finish = std::get_if<Finish>(&received->message);
      told_to_finish_ |= std::holds_alternative<Closed>(received->message) ||
                         (finish != nullptr && finish->end == JobEnd::given_up);
      return received->message;
    }
    if (!give_up_if_silent(now)) return std::nullopt;
    return Finish{JobEnd::given_up};
  }

  template <typename Message>
  void send(std::vector<Message>& outbox) {
    for (const Message& message : outbox) {
      if (!coordinator_is_lost_ && !welcome_.end) transport_.send(coordinator_rank, message);
    }
    outbox.clear();
  }

  // After the last message: waits until it has left, unless the receiver may be dead.
  void finish();

  bool coordinator_is_lost() const { return coordinator_is_lost_; }

  // The job was over when this worker came: there is no dataset either.
  bool came_after_the_end() const { return welcome_.end.has_value(); }

  const EpochOrder& order_of(Pass pass);

  const JobTerms& terms() const { return welcome_.job.terms; }
  const Transport& transport() const { return transport_; }
  const Communicator& workers() const { return workers_; }
  const Dataset& dataset() const { return *welcome_.job.dataset; }
  const JobClock& clock() const { return welcome_.clock; }

 private:
  static constexpr Rank coordinator_rank{0};

  bool give_up_if_silent(Instant now);
  bool coordinator_has_failed();
  void give_up_coordinator(const char* why);

  // Finish, then Closed, as rank 0 would have said.
  template <typename Messages>
  std::optional<Messages> take_last_word() {
    if (over_) return std::nullopt;
    over_ = std::exchange(told_to_finish_, true);
    if (over_) return Closed{};
    return Finish{*welcome_.end};
  }

  Transport transport_;
  Communicator workers_;
  StartKind kind_ = StartKind::together;  // alone: others may end before this worker does
  Welcome welcome_;
  CoordinatorWatchdog watchdog_;
  std::uint64_t arrivals_ = 0;  // of the transport, when it was last looked at
  bool is_beside_ = false;      // the coordinator
  bool told_to_finish_ = false;
  bool coordinator_is_lost_ = false;
  bool over_ = false;

  struct LivePass {
    Pass pass;
    EpochOrder order;
  };
  // Of the epoch of a lease, and mostly of that of the next one: each has the place of its parity.
  std::array<std::optional<LivePass>, 2> orders_;
};

}  // namespace evenkeel

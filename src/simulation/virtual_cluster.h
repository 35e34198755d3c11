// What the simulations of both modes share: messages with latency, and a coordinator with its
// wake-ups and records.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/kept_events.h"
#include "coordinator/kept_set_aside.h"
#include "coordinator/stall_timer.h"
#include "core/check.h"
#include "core/random.h"
#include "dataset/epoch_order.h"
#include "simulation/cluster_profile.h"
#include "simulation/event_queue.h"
#include "simulation/held_up.h"
#include "simulation/simulation_observer.h"

namespace evenkeel {

// Self, which derives from it, has the workers, numbered from 0:
//   void call(WorkerIndex worker, Instant now)      the trainer calls: its step may begin
//   void on(ToWorker& what, Instant now)            a message reaches a worker
//   void on(Own& what, Instant now)                 one of Self's own events
//   bool is_gone(WorkerIndex worker)                nothing reaches it any more
// It needs `using VirtualCluster::on` and, if these are private, `friend VirtualCluster`.
template <typename Self, typename CoordinatorOf, typename... Own>
class VirtualCluster {
 protected:
  using JobMode = typename CoordinatorOf::JobMode;

  struct ToCoordinator {
    WorkerIndex worker;
    typename JobMode::ToCoordinator message;
  };
  struct ToWorker {
    WorkerIndex worker;
    typename JobMode::ToWorker message;
  };
  struct CoordinatorWakes {};
  using Happening = std::variant<ToCoordinator, ToWorker, CoordinatorWakes, Own...>;

  VirtualCluster(const Dataset& dataset, const ClusterProfile& cluster,
                 const CoordinatorOptions& options, SimulationObserver* observer)
      : dataset_(dataset),
        cluster_(cluster),
        options_(options),
        coordinator_(dataset, options),
        refused_(options.workers, false),
        observer_(observer == nullptr ? no_observer_ : *observer) {
    EVENKEEL_CHECK(static_cast<std::size_t>(options.workers) == cluster.ranks.size());
  }

  // Runs until every worker has been released, the job is given up, or no events are left.
  void run_job() {
    for (const WorkerIndex worker : WorkerRange(options_.workers)) self().call(worker, Instant());
    schedule_wake();
    while (!happenings_.empty() && !coordinator_.released() && !coordinator_.given_up()) {
      auto [now, happening] = happenings_.pop();
      if (now > end_of_time || is_given_up_before(now)) break;
      std::visit([&, at = now](auto& what) { self().on(what, at); }, happening);
      ended_at_ = now;
    }
  }

  void on(ToCoordinator& what, Instant now) {
    if (refused_[what.worker]) return;
    try {
      coordinator_.receive(rank_of(what.worker), what.message, now, outbox_);
    } catch (const ProtocolError&) {
      if (profile(what.worker).lies == 0) throw;
      refuse(what.worker, now);
    }
    carry_out(now);
  }

  void on(CoordinatorWakes& /*what*/, Instant now) {
    if (wake_foreseen_ != now) return;  // replaced by an earlier one
    wake_foreseen_.reset();
    coordinator_.wake(now, outbox_);
    carry_out(now);
  }

  // Sends the messages in the outbox of the worker's machine.
  void send(WorkerIndex worker, Instant now) {
    const Instant due = now + cluster_.latency;
    const Instant through = first_outside(profile(worker).cut_to_coordinator, due);
    const Instant at = first_outside(cluster_.standstills, through);
    for (const auto& message : worker_outbox_) {
      held_up_.to_coordinator += through == due ? 0 : 1;
      held_up_.by_standstills += at == through ? 0 : 1;
      deliver(at, ToCoordinator{worker, message});
    }
    worker_outbox_.clear();
  }

  void foresee(Instant at, Happening happening) { happenings_.push(at, std::move(happening)); }

  // Workers may still be in an epoch that the coordinator has left behind, or be fenced in one.
  const EpochOrder& order(Pass pass) {
    for (const auto& [known, line] : orders_) {
      if (known == pass) return line;
    }
    if (orders_.size() >= orders_kept) orders_.pop_front();
    orders_.emplace_back(pass, EpochOrder(dataset_, options_.order, pass.epoch));
    return orders_.back().second;
  }

  Rank rank_of(WorkerIndex worker) const { return options_.rank_of(worker); }
  const RankProfile& profile(WorkerIndex worker) const {
    return cluster_.ranks[static_cast<std::size_t>(worker.value())];
  }

  // What the worker's trainer says of the time of a step, if it lies. `random` is the worker's own.
  std::optional<Duration> lie(WorkerIndex worker, Random& random) {
    const RankProfile& liar = profile(worker);
    if (liar.lies == 0 || random.uniform() >= liar.lies) return std::nullopt;
    ++lies_;
    return liar.lie;
  }

  // A job that is not complete lasts until nobody goes on with it.
  JobRecord job_record() const {
    JobRecord record = coordinator_.job();
    if (record.samples_done < record.samples)
      record.last_end = std::max(record.last_end, ended_at_);
    return record;
  }

  // Step mode, after run_job(): when its host ends the job. None: it would wait for ever.
  std::optional<Instant> end_of_job() {
    if (coordinator_.released() || coordinator_.given_up()) return ended_at_;
    if (is_given_up_before(Instant::max())) return next_look_;
    return std::nullopt;
  }

  std::vector<WorkerRecord> worker_records() const {
    std::vector<WorkerRecord> records;
    records.reserve(cluster_.ranks.size());
    for (const WorkerIndex worker : WorkerRange(options_.workers)) {
      records.push_back(coordinator_.worker(rank_of(worker)));
    }
    return records;
  }

  const Dataset& dataset_;
  const ClusterProfile& cluster_;
  CoordinatorOptions options_;
  CoordinatorOf coordinator_;
  WorkerOutbox<JobMode> worker_outbox_;

  KeptEvents events_;
  KeptSetAside set_aside_;
  std::vector<PlanRecord> plans_;
  HeldUp held_up_;
  std::int64_t lies_ = 0;
  std::int64_t refusals_ = 0;

 private:
  static constexpr std::size_t orders_kept = 4;

  Self& self() { return static_cast<Self&>(*this); }

  // As under MPI: a worker that says what cannot be has left, and what it says later is ignored.
  void refuse(WorkerIndex worker, Instant now) {
    refused_[worker] = true;
    ++refusals_;
    coordinator_.receive(rank_of(worker), Leave{}, now, outbox_);
    take(Send<JobMode>{rank_of(worker), Finish{JobEnd::given_up}}, now);
  }

  void deliver(Instant at, Happening happening) {
    if (at == RankProfile::never) {
      ++held_up_.for_ever;
    } else {
      foresee(at, std::move(happening));
    }
  }

  // For silence, by a host that looks regularly, unless it stands still. In lease mode a lost
  // worker may come back from any hang, and the job goes on.
  bool is_given_up_before(Instant now) {
    if (JobMode::mode == Mode::lease) return false;
    if (!coordinator_.deserted()) {
      stall_.look(false, now);
      next_look_ = now;
      return false;
    }
    while (next_look_ <= now) {
      stall_.look(true, next_look_);
      if (stall_.is_final(next_look_)) return true;
      next_look_ = first_outside(cluster_.standstills, next_look_ + StallTimer::standstill);
    }
    return false;
  }

  void carry_out(Instant now) {
    for (const auto& output : outbox_) {
      std::visit([this, now](const auto& o) { this->take(o, now); }, output);
    }
    outbox_.clear();
    if constexpr (JobMode::mode == Mode::lease) observer_.on_coordinator(coordinator_);
    schedule_wake();
  }

  void take(const Send<JobMode>& sending, Instant now) {
    const WorkerIndex to = index_of(sending.to, options_.first_worker);
    if (self().is_gone(to)) return;
    const Instant due = now + cluster_.latency;
    const Instant at = first_outside(profile(to).cut_to_rank, due);
    held_up_.to_ranks += at == due ? 0 : 1;
    deliver(at, ToWorker{to, sending.message});
  }
  void take(const Span& span, Instant /*now*/) { observer_.on_span(span); }
  void take(const Event& event, Instant /*now*/) {
    events_.on_event(event);
    observer_.on_event(event);
  }
  void take(const SetAside& set_aside, Instant /*now*/) {
    set_aside_.on_set_aside(set_aside);
    observer_.on_set_aside(set_aside);
  }
  void take(const PlanRecord& plan, Instant /*now*/) {
    plans_.push_back(plan);
    observer_.on_plan(plan);
  }
  void take(const UntoldWork& /*untold*/, Instant /*now*/) {}
  void take(const ImpossibleTime& /*time*/, Instant /*now*/) {}
  void take(const CheckpointRecord& checkpoint, Instant now) {
    observer_.on_checkpoint(checkpoint);
    if (!checkpoint.waiting) return;
    const CheckpointAnswer answer{checkpoint.tag, CheckpointState::complete};
    take(Send<JobMode>{*checkpoint.waiting, answer}, now);
  }

  void schedule_wake() {
    std::optional<Instant> next = coordinator_.next_wake();
    if (next && first_outside(cluster_.standstills, *next) != *next) {
      // What has arrived is received first.
      next = first_outside(cluster_.standstills, *next) + Duration(1);
      ++held_up_.by_standstills;
    }
    if (!next || (wake_foreseen_ && *wake_foreseen_ <= *next)) return;
    wake_foreseen_ = next;
    foresee(*next, CoordinatorWakes{});
  }

  CoordinatorOutbox<JobMode> outbox_;
  EventQueue<Happening> happenings_;
  PerWorker<bool> refused_;
  StallTimer stall_;
  Instant next_look_{};
  std::optional<Instant> wake_foreseen_;
  Instant ended_at_{};
  std::deque<std::pair<Pass, EpochOrder>> orders_;
  SimulationObserver no_observer_;

 protected:
  SimulationObserver& observer_;
};

}  // namespace evenkeel

#include "simulation/simulation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <variant>

#include "balance/largest_steps.h"
#include "core/check.h"
#include "simulation/device.h"
#include "simulation/event_queue.h"
#include "simulation/ideal_makespan.h"
#include "worker/worker.h"

namespace evenkeel {
namespace {

// What can happen. Worker indices count from 0.
struct ToCoordinator {
  int worker;
  WorkerMessage message;
};
struct ToWorker {
  int worker;
  CoordinatorMessage message;
};
struct StepEnds {
  int worker;
};
struct WorkerAwakes {  // from a hang, with messages waiting
  int worker;
};
struct CoordinatorWakes {};
using Happening = std::variant<ToCoordinator, ToWorker, StepEnds, WorkerAwakes, CoordinatorWakes>;

struct SimulatedWorker {
  SimulatedWorker(const RankProfile& device_profile, const WorkerOptions& options,
                  std::uint64_t seed)
      : profile(device_profile), device(device_profile, seed), machine(options) {}

  const RankProfile& profile;
  SimulatedDevice device;
  Worker machine;
  std::deque<CoordinatorMessage> inbox;  // arrived, but the trainer has not called yet
  std::optional<LeasedStep> step;        // in work
  double step_cost = 0;
  bool step_fails = false;
  bool hung = false;  // its awakening is foreseen
  bool dead = false;
};

class Simulation {
 public:
  Simulation(const Dataset& dataset, const ClusterProfile& cluster,
             const CoordinatorOptions& options, std::uint64_t seed, SimulationObserver* observer)
      : dataset_(dataset),
        cluster_(cluster),
        options_(options),
        coordinator_(dataset, options),
        observer_(observer) {
    EVENKEEL_CHECK(static_cast<std::size_t>(options.workers) == cluster.ranks.size());
    const WorkerOptions worker_options{options.step_samples, options.warmup_steps,
                                       options.report_interval};
    workers_.reserve(cluster.ranks.size());
    for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
      workers_.emplace_back(cluster.ranks[i], worker_options, mix_pair(seed, i));
    }
  }

  SimulationResult run() {
    for (int worker = 0; worker < options_.workers; ++worker) call(worker, Instant());
    schedule_wake();
    while (!happenings_.empty() && !coordinator_.released()) {
      auto [now, happening] = happenings_.pop();
      if (now > end_of_time) break;
      std::visit([&, at = now](auto& what) { on(what, at); }, happening);
    }
    return result();
  }

 private:
  SimulatedWorker& worker(int index) { return workers_[static_cast<std::size_t>(index)]; }
  Rank rank_of(int index) const { return Rank(options_.first_worker.value() + index); }

  void on(ToCoordinator& what, Instant now) {
    coordinator_.receive(rank_of(what.worker), what.message, now, outbox_);
    carry_out(now);
  }

  void on(CoordinatorWakes& /*what*/, Instant now) {
    if (wake_foreseen_ != now) return;  // an earlier one has replaced it
    wake_foreseen_.reset();
    coordinator_.wake(now, outbox_);
    carry_out(now);
  }

  void on(ToWorker& what, Instant now) {
    SimulatedWorker& to = worker(what.worker);
    to.inbox.push_back(what.message);
    if (!to.step && !to.hung) call(what.worker, now);
  }

  void on(WorkerAwakes& what, Instant now) {
    worker(what.worker).hung = false;
    call(what.worker, now);
  }

  void on(StepEnds& what, Instant now) {
    SimulatedWorker& who = worker(what.worker);
    const LeasedStep step = *who.step;
    who.step.reset();
    if (observer_ != nullptr) {
      const Rank rank = rank_of(what.worker);
      observer_->on_step(rank, step.epoch, step.interval, step.taken_at, now, who.step_fails);
    }
    WorkerOutbox& out = worker_outbox_;
    if (who.step_fails) {
      ++result_.failures;
      who.machine.failed(step, now, out);
    } else {
      who.machine.done(step, who.step_cost, now - step.taken_at, now, out);
    }
    send(what.worker, now);
    call(what.worker, now);
  }

  // The trainer calls: messages are delivered, and the next step begins if there is one.
  void call(int index, Instant now) {
    SimulatedWorker& who = worker(index);
    if (who.dead) return;
    const std::optional<Instant> awake = who.device.awake(now);
    if (!awake) {
      die(who);
      return;
    }
    if (*awake > now) {
      ++result_.hangs;
      who.hung = true;
      happenings_.push(*awake, WorkerAwakes{index});
      return;
    }
    WorkerOutbox& out = worker_outbox_;
    for (const CoordinatorMessage& message : who.inbox) who.machine.receive(message, now, out);
    who.inbox.clear();
    if (const auto tag =
            observer_ != nullptr ? observer_->checkpoint_of(rank_of(index), now) : std::nullopt) {
      who.machine.call_checkpoint(*tag, now, out);
    }
    if (who.profile.leaves_at && now >= *who.profile.leaves_at && !who.machine.finished()) {
      who.machine.leave(now, out);
      ++result_.departures;
    }
    who.step = who.machine.next(now, out);
    send(index, now);
    if (who.step) begin(index, now);
  }

  void begin(int index, Instant now) {
    SimulatedWorker& who = worker(index);
    who.step_cost = order(who.step->epoch).true_cost(who.step->interval);
    const double speed = who.profile.speed_at(now);
    const double plain_s = to_seconds(who.profile.overhead) + who.step_cost / speed;
    result_.slowest_step_s = std::max(result_.slowest_step_s, plain_s);
    const std::optional<Instant> end = who.device.finish(now, who.step_cost);
    if (!end) {
      die(who);
      return;
    }
    const bool is_poisoned = cluster_.poisons(who.step->epoch, who.step->interval.begin);
    who.step_fails = who.device.fails() || is_poisoned;
    for (const RankProfile::Hang& hang : who.profile.hangs) {
      if (hang.from >= now && hang.from < *end) ++result_.hangs;
    }
    happenings_.push(*end, StepEnds{index});
  }

  void die(SimulatedWorker& who) {
    ++result_.deaths;
    who.dead = true;
    who.inbox.clear();
  }

  void send(int index, Instant now) {
    for (const WorkerMessage& message : worker_outbox_) {
      happenings_.push(now + cluster_.latency, ToCoordinator{index, message});
    }
    worker_outbox_.clear();
  }

  void carry_out(Instant now) {
    for (const CoordinatorOutput& output : outbox_) {
      std::visit([this, now](const auto& o) { carry_out(o, now); }, output);
    }
    outbox_.clear();
    if (observer_ != nullptr) observer_->on_coordinator(coordinator_);
    schedule_wake();
  }

  void carry_out(const Send& sending, Instant now) {
    const int to = sending.to.value() - options_.first_worker.value();
    if (worker(to).dead) return;
    happenings_.push(now + cluster_.latency, ToWorker{to, sending.message});
  }
  void carry_out(const Span& span, Instant /*now*/) {
    if (observer_ != nullptr) observer_->on_span(span);
  }
  void carry_out(const Event& event, Instant /*now*/) {
    result_.events.add(event);
    if (observer_ != nullptr) observer_->on_event(event);
  }
  void carry_out(const SetAside& set_aside, Instant /*now*/) {
    result_.set_aside.add(set_aside);
    if (observer_ != nullptr) observer_->on_set_aside(set_aside);
  }
  void carry_out(const PlanRecord& /*plan*/, Instant /*now*/) {}
  void carry_out(const UntoldWork& /*untold*/, Instant /*now*/) {}
  void carry_out(const CheckpointRecord& checkpoint, Instant now) {
    if (observer_ != nullptr) observer_->on_checkpoint(checkpoint);
    if (!checkpoint.waiting) return;
    carry_out(
        Send{*checkpoint.waiting, CheckpointAnswer{checkpoint.tag, CheckpointState::complete}},
        now);
  }

  void schedule_wake() {
    const std::optional<Instant> next = coordinator_.next_wake();
    if (!next || (wake_foreseen_ && *wake_foreseen_ <= *next)) return;
    wake_foreseen_ = next;
    happenings_.push(*next, CoordinatorWakes{});
  }

  // Workers may still be in an epoch that the coordinator has left behind, or be fenced in one.
  const EpochOrder& order(Epoch epoch) {
    for (const auto& [known, line] : orders_) {
      if (known == epoch) return line;
    }
    if (orders_.size() >= orders_kept) orders_.pop_front();
    orders_.emplace_back(epoch, EpochOrder(dataset_, options_.order, epoch));
    return orders_.back().second;
  }

  SimulationResult result() {
    result_.job = coordinator_.job();
    result_.complete = coordinator_.finished() && result_.job.set_aside_samples == 0;
    for (int index = 0; index < options_.workers; ++index) {
      result_.workers.push_back(coordinator_.worker(rank_of(index)));
    }
    result_.makespan_s = to_seconds(result_.job.last_end);
    result_.bound_s = job_bound_s(dataset_, cluster_, options_);
    return result_;
  }

  static constexpr std::size_t orders_kept = 4;

  const Dataset& dataset_;
  const ClusterProfile& cluster_;
  CoordinatorOptions options_;
  Coordinator coordinator_;
  SimulationObserver* observer_;
  std::vector<SimulatedWorker> workers_;
  std::deque<std::pair<Epoch, EpochOrder>> orders_;
  EventQueue<Happening> happenings_;
  std::optional<Instant> wake_foreseen_;
  CoordinatorOutbox outbox_;
  WorkerOutbox worker_outbox_;
  SimulationResult result_;
};

}  // namespace

SimulationResult simulate(const Dataset& dataset, const ClusterProfile& cluster,
                          const CoordinatorOptions& options, std::uint64_t seed,
                          SimulationObserver* observer) {
  return Simulation(dataset, cluster, options, seed, observer).run();
}

double job_bound_s(const Dataset& dataset, const ClusterProfile& cluster,
                   const CoordinatorOptions& options) {
  const double steps = static_cast<double>(dataset.samples()) /
                       static_cast<double>(std::min(options.step_samples, dataset.samples()));
  return ideal_makespan_s(
      cluster, dataset.cost() * options.epochs, dataset.cost() / steps,
      largest_steps(dataset, options.step_samples, options.epochs, options.workers));
}

}  // namespace evenkeel

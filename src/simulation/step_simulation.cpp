#include "simulation/step_simulation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <variant>

#include "coordinator/desertion.h"
#include "coordinator/step_divider.h"
#include "core/check.h"
#include "simulation/device.h"
#include "simulation/event_queue.h"
#include "worker/step_worker.h"

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
struct LocalWorkEnds {
  int worker;
};
struct AllReduceEnds {};
struct CoordinatorWakes {};
using Happening =
    std::variant<ToCoordinator, ToWorker, LocalWorkEnds, AllReduceEnds, CoordinatorWakes>;

struct SimulatedTrainer {
  SimulatedTrainer(const RankProfile& profile, const StepWorkerOptions& options, std::uint64_t seed)
      : device(profile, seed), machine(options) {}

  SimulatedDevice device;
  StepWorker machine;
  std::deque<CoordinatorMessage> inbox;  // arrived, but the trainer has not called yet
  std::deque<PlannedStep> taken;         // the first is in work, if is_busy
  double cost = 0;                       // of the step in work
  bool is_busy = false;                  // at local work or in the all-reduce
};

// Of a part that costs this much. A worker without a part is ready at once, unless it hangs. None:
// it dies before.
std::optional<Instant> end_of_local_work(SimulatedDevice& device, Instant start, double cost) {
  const std::optional<Instant> end = device.finish(start, cost);  // one draw a step, in any case
  return cost > 0 ? end : device.awake(start);
}

class StepSimulation {
 public:
  StepSimulation(const Dataset& dataset, const ClusterProfile& cluster,
                 const CoordinatorOptions& options, std::uint64_t seed, int read_ahead,
                 StepSimulationObserver* observer)
      : dataset_(dataset),
        cluster_(cluster),
        options_(options),
        read_ahead_(static_cast<std::size_t>(read_ahead)),
        coordinator_(dataset, options),
        observer_(observer),
        all_reduce_(cluster.all_reduce.time(cluster.ranks.size())) {
    EVENKEEL_CHECK(static_cast<std::size_t>(options.workers) == cluster.ranks.size());
    const StepWorkerOptions worker_options{options.step->line, options.report_interval};
    for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
      trainers_.emplace_back(cluster.ranks[i], worker_options, mix_pair(seed, i));
    }
  }

  StepSimulationResult run() {
    for (int worker = 0; worker < options_.workers; ++worker) call(worker, Instant());
    schedule_wake();
    Desertion desertion;
    while (!happenings_.empty() && !coordinator_.released()) {
      auto [now, happening] = happenings_.pop();
      if (desertion.is_final(now) || now > end_of_time) break;
      std::visit([&, at = now](auto& what) { on(what, at); }, happening);
      desertion.look(coordinator_.deserted(), now);
    }
    result_.job = coordinator_.job();
    result_.steps = *coordinator_.steps();
    result_.complete = result_.job.steps == options_.step->line.own_steps();
    for (int worker = 0; worker < options_.workers; ++worker) {
      result_.workers.push_back(coordinator_.worker(rank_of(worker)));
    }
    return std::move(result_);
  }

 private:
  SimulatedTrainer& trainer(int index) { return trainers_[static_cast<std::size_t>(index)]; }
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
    SimulatedTrainer& to = trainer(what.worker);
    to.inbox.push_back(what.message);
    if (!to.is_busy) call(what.worker, now);
  }

  void on(LocalWorkEnds& what, Instant now) {
    trainer(what.worker).machine.reached(now);
    if (++reached_ < options_.workers) return;
    reached_ = 0;
    happenings_.push(now + all_reduce_, AllReduceEnds{});
  }

  void on(AllReduceEnds& /*what*/, Instant now) {
    result_.step_ends.push_back(now);
    for (int worker = 0; worker < options_.workers; ++worker) {
      SimulatedTrainer& who = trainer(worker);
      const PlannedStep step = who.taken.front();
      who.taken.pop_front();
      who.is_busy = false;
      if (observer_ != nullptr) {
        for (const Interval& own : step.own) {
          observer_->on_part(rank_of(worker), step.number, step.epoch, own);
        }
      }
      deliver(worker);
      who.machine.done(who.cost, std::nullopt, now, worker_outbox_);
      send(worker, now);
    }
    for (int worker = 0; worker < options_.workers; ++worker) call(worker, now);
  }

  void deliver(int index) {
    SimulatedTrainer& who = trainer(index);
    for (const CoordinatorMessage& message : who.inbox) who.machine.receive(message);
    who.inbox.clear();
  }

  // The trainer calls: messages are delivered, steps are taken, and the first of them begins. As
  // under MPI, a trainer that reads ahead waits for the plan of each step that it takes.
  void call(int index, Instant now) {
    SimulatedTrainer& who = trainer(index);
    deliver(index);
    while (who.taken.size() <= read_ahead_ && !who.machine.finished()) {
      const std::optional<PlannedStep> step = who.machine.next(now, worker_outbox_);
      if (!step) return send(index, now);
      who.taken.push_back(*step);
    }
    send(index, now);
    if (!who.taken.empty()) begin(index, now);
  }

  void begin(int index, Instant now) {
    SimulatedTrainer& who = trainer(index);
    const PlannedStep& step = who.taken.front();
    who.is_busy = true;
    who.cost = 0;
    for (const Interval& own : step.own) who.cost += order(step.epoch).true_cost(own);
    const std::optional<Instant> end = end_of_local_work(who.device, now, who.cost);
    if (!end) return;  // it dies, and the others wait for it
    happenings_.push(*end, LocalWorkEnds{index});
  }

  void send(int index, Instant now) {
    for (const WorkerMessage& message : worker_outbox_) {
      happenings_.push(now + cluster_.latency, ToCoordinator{index, message});
    }
    worker_outbox_.clear();
  }

  void carry_out(Instant now) {
    for (const CoordinatorOutput& output : outbox_) {
      if (const auto* sending = std::get_if<Send>(&output)) {
        const int to = sending->to.value() - options_.first_worker.value();
        happenings_.push(now + cluster_.latency, ToWorker{to, sending->message});
      } else if (const auto* span = std::get_if<Span>(&output)) {
        if (observer_ != nullptr) observer_->on_span(*span);
      } else if (const auto* event = std::get_if<Event>(&output)) {
        result_.events.add(*event);
        if (observer_ != nullptr) observer_->on_event(*event);
      } else if (const auto* plan = std::get_if<PlanRecord>(&output)) {
        result_.plans.push_back(*plan);
        if (observer_ != nullptr) observer_->on_plan(*plan);
      }
    }
    outbox_.clear();
    schedule_wake();
  }

  void schedule_wake() {
    const std::optional<Instant> next = coordinator_.next_wake();
    if (!next || wake_foreseen_ == *next) return;
    wake_foreseen_ = next;
    happenings_.push(*next, CoordinatorWakes{});
  }

  const EpochOrder& order(Epoch epoch) {
    if (!order_ || order_epoch_ != epoch) {
      order_.emplace(dataset_, options_.order, epoch);
      order_epoch_ = epoch;
    }
    return *order_;
  }

  const Dataset& dataset_;
  const ClusterProfile& cluster_;
  CoordinatorOptions options_;
  std::size_t read_ahead_;
  StepCoordinator coordinator_;
  StepSimulationObserver* observer_;
  Duration all_reduce_;
  std::vector<SimulatedTrainer> trainers_;
  std::optional<EpochOrder> order_;
  Epoch order_epoch_;
  EventQueue<Happening> happenings_;
  std::optional<Instant> wake_foreseen_;
  int reached_ = 0;  // workers that wait in the all-reduce
  CoordinatorOutbox outbox_;
  WorkerOutbox worker_outbox_;
  StepSimulationResult result_;
};

}  // namespace

StepSimulationResult simulate_steps(const Dataset& dataset, const ClusterProfile& cluster,
                                    const CoordinatorOptions& options, std::uint64_t seed,
                                    int read_ahead, StepSimulationObserver* observer) {
  return StepSimulation(dataset, cluster, options, seed, read_ahead, observer).run();
}

std::vector<Instant> oracle_step_ends(const Dataset& dataset, const ClusterProfile& cluster,
                                      const CoordinatorOptions& options, std::uint64_t seed) {
  const StepModeOptions& mode = *options.step;
  const BatchLine& line = mode.line;
  const double micro_batch_cost = dataset.cost() / static_cast<double>(dataset.samples()) *
                                  static_cast<double>(line.micro_batch);
  const Duration all_reduce = cluster.all_reduce.time(cluster.ranks.size());
  std::vector<SimulatedDevice> devices;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    devices.emplace_back(cluster.ranks[i], mix_pair(seed, i));
  }
  StepDivider divider(dataset, options);
  std::optional<EpochOrder> order;
  std::vector<Instant> ends;
  Instant now;
  for (std::int64_t step = line.first_step; step < line.steps; ++step) {
    if (!order || step % line.steps_an_epoch() == 0)
      order.emplace(dataset, options.order, line.epoch(step));
    std::vector<StepSpeed> workers;
    for (const RankProfile& rank : cluster.ranks) {
      workers.push_back({to_seconds(rank.overhead), micro_batch_cost / rank.speed_at(now),
                         mode.least, std::min(mode.most, line.micro_batches())});
    }
    const StepDivision division = divider.divide_knowing(step, workers);
    Instant reached = now;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      double cost = 0;
      for (const Interval& own : division.part(line, static_cast<std::int32_t>(i), step)) {
        cost += order->true_cost(own);
      }
      const auto end = end_of_local_work(devices[i], now, cost);
      if (!end) return ends;
      reached = std::max(reached, *end);
    }
    now = std::min(reached, end_of_time) + all_reduce;
    ends.push_back(now);
    if (now > end_of_time) return ends;
  }
  return ends;
}

}  // namespace evenkeel

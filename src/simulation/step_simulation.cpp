#include "simulation/step_simulation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "balance/step_divider.h"
#include "coordinator/batch_costs.h"
#include "coordinator/step_coordinator.h"
#include "simulation/device.h"
#include "simulation/virtual_cluster.h"
#include "worker/step_worker.h"

namespace evenkeel {
namespace {

struct LocalWorkEnds {
  WorkerIndex worker;
};
struct AllReduceEnds {};

struct SimulatedTrainer {
  SimulatedTrainer(const RankProfile& profile, const StepWorkerOptions& options, std::uint64_t seed)
      : device(profile, seed), lies(mix_pair(seed, 1)), machine(options) {}

  SimulatedDevice device;
  Random lies;
  StepWorker machine;
  std::deque<StepMode::ToWorker> inbox;  // arrived; delivered at the trainer's next call
  std::deque<PlannedStep> taken;         // the first is in work if is_busy
  double cost = 0;                       // of the step in work
  bool is_busy = false;                  // at local work or in the all-reduce
};

// When a part of this cost is done. A worker without a part is ready at once, unless it hangs.
// None: it dies before.
std::optional<Instant> end_of_local_work(SimulatedDevice& device, Instant start, double cost) {
  const std::optional<Instant> end = device.finish(start, cost);  // always one draw per step
  return cost > 0 ? end : device.awake(start);
}

class StepSimulation
    : public VirtualCluster<StepSimulation, StepCoordinator, LocalWorkEnds, AllReduceEnds> {
 public:
  StepSimulation(const Dataset& dataset, const ClusterProfile& cluster,
                 const CoordinatorOptions& options, std::uint64_t seed, int read_ahead,
                 SimulationObserver* observer)
      : VirtualCluster(dataset, cluster, options, observer),
        read_ahead_(static_cast<std::size_t>(read_ahead)),
        all_reduce_(cluster.all_reduce.time(cluster.ranks.size())) {
    const StepWorkerOptions worker_options{options.step->line, options.report_interval};
    for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
      trainers_.emplace_back(cluster.ranks[i], worker_options, mix_pair(seed, i));
    }
  }

  StepSimulationResult run() {
    run_job();
    StepSimulationResult result;
    result.job = job_record();
    result.steps = *coordinator_.steps();
    result.complete = result.job.steps == options_.step->line.own_steps();
    result.workers = worker_records();
    result.events = std::move(events_);
    result.plans = std::move(plans_);
    result.step_ends = std::move(step_ends_);
    result.lies = lies_;
    result.held_up = held_up_;
    result.ended_at = end_of_job();
    return result;
  }

 private:
  friend VirtualCluster;
  using VirtualCluster::on;

  SimulatedTrainer& trainer(WorkerIndex index) { return trainers_[index]; }
  static bool is_gone(WorkerIndex /*index*/) {
    return false;
  }  // the others wait for one that has died

  void on(ToWorker& what, Instant now) {
    SimulatedTrainer& to = trainer(what.worker);
    to.inbox.push_back(what.message);
    if (!to.is_busy) call(what.worker, now);
  }

  void on(LocalWorkEnds& what, Instant now) {
    trainer(what.worker).machine.reached(now);
    if (++reached_ < options_.workers) return;
    reached_ = 0;
    foresee(now + all_reduce_, AllReduceEnds{});
  }

  void on(AllReduceEnds& /*what*/, Instant now) {
    step_ends_.push_back(now);
    for (const WorkerIndex worker : trainers_.indices()) {
      SimulatedTrainer& who = trainer(worker);
      const PlannedStep step = who.taken.front();
      who.taken.pop_front();
      who.is_busy = false;
      for (const Interval& own : step.own) {
        observer_.on_part(rank_of(worker), step.number, step.pass, own);
      }
      deliver(worker);
      who.machine.done(who.cost, lie(worker, who.lies), now, worker_outbox_);
      if (who.machine.all_done()) who.machine.close(false, worker_outbox_);
      send(worker, now);
    }
    for (const WorkerIndex worker : trainers_.indices()) call(worker, now);
  }

  void deliver(WorkerIndex index) {
    SimulatedTrainer& who = trainer(index);
    for (const StepMode::ToWorker& message : who.inbox) who.machine.receive(message);
    who.inbox.clear();
  }

  // The trainer calls: messages are delivered, steps are taken, and the first of them begins. As
  // under MPI, a trainer that reads ahead waits for the plan of each step that it takes.
  void call(WorkerIndex index, Instant now) {
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

  void begin(WorkerIndex index, Instant now) {
    SimulatedTrainer& who = trainer(index);
    const PlannedStep& step = who.taken.front();
    who.is_busy = true;
    who.cost = 0;
    for (const Interval& own : step.own) who.cost += order(step.pass).true_cost(own);
    const std::optional<Instant> end = end_of_local_work(who.device, now, who.cost);
    if (!end) return;  // it dies, and the others wait for it
    foresee(*end, LocalWorkEnds{index});
  }

  std::size_t read_ahead_;
  Duration all_reduce_;
  PerWorker<SimulatedTrainer> trainers_;
  int reached_ = 0;  // workers waiting in the all-reduce
  std::vector<Instant> step_ends_;
};

}  // namespace

StepSimulationResult simulate_steps(const Dataset& dataset, const ClusterProfile& cluster,
                                    const CoordinatorOptions& options, std::uint64_t seed,
                                    int read_ahead, SimulationObserver* observer) {
  return StepSimulation(dataset, cluster, options, seed, read_ahead, observer).run();
}

std::vector<Instant> oracle_step_ends(const Dataset& dataset, const ClusterProfile& cluster,
                                      const CoordinatorOptions& options, std::uint64_t seed) {
  const StepModeOptions& mode = *options.step;
  const BatchLine& line = mode.line;
  const double micro_batch_cost = dataset.cost() / static_cast<double>(dataset.samples()) *
                                  static_cast<double>(line.micro_batch);
  const Duration all_reduce = cluster.all_reduce.time(cluster.ranks.size());
  PerWorker<SimulatedDevice> devices;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    devices.emplace_back(cluster.ranks[i], mix_pair(seed, i));
  }
  StepDivider divider(options.step_divider(), batch_costs(dataset, options.order, mode));
  std::optional<EpochOrder> order;
  std::vector<Instant> ends;
  Instant now;
  for (std::int64_t step = line.first_step; step < line.steps; ++step) {
    if (!order || step % line.steps_an_epoch() == 0)
      order.emplace(dataset, options.order, line.pass(step).epoch);
    PerWorker<StepSpeed> workers;
    for (const RankProfile& rank : cluster.ranks) {
      workers.push_back({to_seconds(rank.overhead), micro_batch_cost / rank.speed_at(now),
                         mode.least, std::min(mode.most, line.micro_batches())});
    }
    const StepDivision division = divider.divide_knowing(step, workers);
    Instant reached = now;
    for (const WorkerIndex worker : devices.indices()) {
      double cost = 0;
      for (const Interval& own : division.part(line, worker, step)) {
        cost += order->true_cost(own);
      }
      const auto end = end_of_local_work(devices[worker], now, cost);
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

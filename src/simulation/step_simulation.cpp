#include "simulation/step_simulation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/step_coordinator.h"
#include "simulation/device.h"
#include "simulation/true_costs.h"
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

class StepSimulation
    : public VirtualCluster<StepSimulation, StepCoordinator, LocalWorkEnds, AllReduceEnds> {
 public:
  StepSimulation(const Dataset& dataset, const ClusterProfile& cluster,
                 const CoordinatorOptions& options, std::uint64_t seed, int read_ahead,
                 SimulationObserver* observer)
      : VirtualCluster(dataset, cluster, options, observer),
        read_ahead_(static_cast<std::size_t>(read_ahead)),
        all_reduce_(cluster.all_reduce.time(cluster.ranks.size())),
        stand_in_(cluster.stand_in),
        true_costs_(dataset, cluster) {
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
    for (const WorkerIndex dead : dead_) {
      result.workers[static_cast<std::size_t>(dead.value())].state = WorkerState::lost;
    }
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
    double true_cost = 0;
    for (const Interval& own : step.own) {
      who.cost += order(step.pass).true_cost(own);
      true_cost += true_costs_.of(order(step.pass), own, index);
    }
    if (who.cost == 0) {
      true_cost = true_costs_.of_stand_in(index);
      who.machine.stand_in(stand_in_);
    }
    const std::optional<Instant> end =
        true_cost > 0 ? who.device.finish(now, true_cost) : who.device.idle(now);
    if (end) return foresee(*end, LocalWorkEnds{index});
    dead_.push_back(index);  // the others wait for it
  }

  std::size_t read_ahead_;
  Duration all_reduce_;
  std::int32_t stand_in_;
  TrueCosts true_costs_;
  PerWorker<SimulatedTrainer> trainers_;
  std::vector<WorkerIndex> dead_;  // the coordinator cannot tell them from those that wait
  int reached_ = 0;                // workers waiting in the all-reduce
  std::vector<Instant> step_ends_;
};

}  // namespace

StepSimulationResult simulate_steps(const Dataset& dataset, const ClusterProfile& cluster,
                                    const CoordinatorOptions& options, std::uint64_t seed,
                                    int read_ahead, SimulationObserver* observer) {
  return StepSimulation(dataset, cluster, options, seed, read_ahead, observer).run();
}

}  // namespace evenkeel

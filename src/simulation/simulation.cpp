#include "simulation/simulation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/largest_steps.h"
#include "simulation/device.h"
#include "simulation/ideal_makespan.h"
#include "simulation/true_costs.h"
#include "simulation/virtual_cluster.h"
#include "worker/lease_worker.h"

namespace evenkeel {
namespace {

struct StepEnds {
  WorkerIndex worker;
};
struct WorkerAwakes {  // from a hang, with messages waiting
  WorkerIndex worker;
};
struct TrainerStarts {  // again
  WorkerIndex worker;
};

struct SimulatedWorker {
  SimulatedWorker(const RankProfile& device_profile, const LeaseWorkerOptions& options,
                  std::uint64_t seed)
      : profile(device_profile),
        device(device_profile, seed),
        lies(mix_pair(seed, 1)),
        machine(options) {}

  const RankProfile& profile;
  SimulatedDevice device;
  Random lies;
  LeaseWorker machine;
  std::deque<LeaseMode::ToWorker> inbox;  // arrived; delivered at the trainer's next call
  std::optional<LeasedStep> step;         // in work
  double step_cost = 0;
  bool step_fails = false;
  bool hung = false;  // its wake-up is in the queue
  bool away = false;  // its trainer has died, and is started again
  std::size_t restarts = 0;
  bool dead = false;
};

class Simulation
    : public VirtualCluster<Simulation, LeaseCoordinator, StepEnds, WorkerAwakes, TrainerStarts> {
 public:
  Simulation(const Dataset& dataset, const ClusterProfile& cluster,
             const CoordinatorOptions& options, std::uint64_t seed, SimulationObserver* observer)
      : VirtualCluster(dataset, cluster, options, observer), true_costs_(dataset, cluster) {
    const LeaseWorkerOptions worker_options{options.step_samples, options.warmup_steps,
                                            options.report_interval};
    workers_.reserve(cluster.ranks.size());
    for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
      workers_.emplace_back(cluster.ranks[i], worker_options, mix_pair(seed, i));
    }
  }

  SimulationResult run() {
    run_job();
    return result();
  }

 private:
  friend VirtualCluster;
  using VirtualCluster::on;

  SimulatedWorker& worker(WorkerIndex index) { return workers_[index]; }
  bool is_gone(WorkerIndex index) { return worker(index).dead; }

  void on(ToWorker& what, Instant now) {
    SimulatedWorker& to = worker(what.worker);
    to.inbox.push_back(what.message);
    if (!to.step && !to.hung) call(what.worker, now);
  }

  void on(WorkerAwakes& what, Instant now) {
    worker(what.worker).hung = false;
    call(what.worker, now);
  }

  void on(TrainerStarts& what, Instant now) {
    worker(what.worker).away = false;
    worker(what.worker).machine.come_back();
    call(what.worker, now);
  }

  void on(StepEnds& what, Instant now) {
    SimulatedWorker& who = worker(what.worker);
    const LeasedStep step = *who.step;
    who.step.reset();
    // A trainer dies between steps, of a step that is known, or of one of those in work.
    const std::size_t kind = must_restart(who, now) ? who.restarts % 3 : 0;
    if (kind == 2) return restart(what.worker, {1, true}, now);
    who.step_fails |= kind == 1;
    observer_.on_step(rank_of(what.worker), step.pass, step.interval, step.taken_at, now,
                      who.step_fails);
    if (who.step_fails) {
      ++result_.failures;
      who.machine.failed(step, now, worker_outbox_);
    } else {
      const Duration busy = lie(what.worker, who.lies).value_or(now - step.taken_at);
      who.machine.done(step, who.step_cost, busy, now, worker_outbox_);
    }
    send(what.worker, now);
    call(what.worker, now);
  }

  // The trainer calls: messages are delivered, and the next step begins if there is one.
  void call(WorkerIndex index, Instant now) {
    SimulatedWorker& who = worker(index);
    if (who.dead || who.hung) return;
    const std::optional<Instant> awake = who.device.awake(now);
    if (!awake) {
      die(who);
      return;
    }
    if (*awake > now) {
      ++result_.hangs;
      who.hung = true;
      foresee(*awake, WorkerAwakes{index});
      return;
    }
    WorkerOutbox<LeaseMode>& out = worker_outbox_;
    for (const LeaseMode::ToWorker& message : who.inbox) who.machine.receive(message, now, out);
    who.inbox.clear();
    if (who.away) return send(index, now);
    if (must_restart(who, now)) return restart(index, {0, true}, now);
    if (const auto tag = observer_.checkpoint_of(rank_of(index), now)) {
      who.machine.call_checkpoint(*tag, now, out);
    }
    if (who.profile.leaves_at && now >= *who.profile.leaves_at && !who.machine.finished()) {
      who.machine.leave({}, now, out);
      ++result_.departures;
    }
    who.step = who.machine.next(now, out);
    if (who.machine.finished()) who.machine.close(false, out);
    send(index, now);
    if (who.step) begin(index, now);
  }

  void begin(WorkerIndex index, Instant now) {
    SimulatedWorker& who = worker(index);
    const EpochOrder& line = order(who.step->pass);
    who.step_cost = line.true_cost(who.step->interval);
    const double true_cost = true_costs_.of(line, who.step->interval, index);
    const double plain_s =
        to_seconds(who.profile.overhead) + who.profile.work(true_cost) / who.profile.speed_at(now);
    result_.slowest_step_s = std::max(result_.slowest_step_s, plain_s);
    const std::optional<Instant> end = who.device.finish(now, true_cost);
    if (!end) {
      die(who);
      return;
    }
    const bool is_poisoned = cluster_.poisons(who.step->pass, who.step->interval.begin);
    who.step_fails = who.device.fails() || is_poisoned;
    for (const RankProfile::Hang& hang : who.profile.hangs) {
      if (hang.from >= now && hang.from < *end) ++result_.hangs;
    }
    foresee(*end, StepEnds{index});
  }

  static bool must_restart(const SimulatedWorker& who, Instant now) {
    return who.restarts < who.profile.restarts.size() &&
           now >= who.profile.restarts[who.restarts].from && !who.machine.finished();
  }

  void restart(WorkerIndex index, const Leave& leave, Instant now) {
    SimulatedWorker& who = worker(index);
    who.away = true;
    who.machine.leave(leave, now, worker_outbox_);
    send(index, now);
    foresee(std::max(now, who.profile.restarts[who.restarts].to), TrainerStarts{index});
    ++who.restarts;
    ++result_.restarts;
  }

  void die(SimulatedWorker& who) {
    ++result_.deaths;
    who.dead = true;
    who.inbox.clear();
  }

  SimulationResult result() {
    result_.job = job_record();
    result_.complete = coordinator_.finished() && result_.job.set_aside_samples == 0;
    result_.only_failures = coordinator_.only_failures();
    result_.workers = worker_records();
    result_.events = std::move(events_);
    result_.set_aside = std::move(set_aside_);
    result_.learned = coordinator_.learned_costs();
    result_.learned_homes = coordinator_.learned_homes();
    result_.makespan_s = to_seconds(result_.job.last_end);
    result_.lies = lies_;
    result_.refusals = refusals_;
    result_.held_up = held_up_;
    result_.bound_s = job_bound_s(dataset_, cluster_, options_);
    return result_;
  }

  TrueCosts true_costs_;
  PerWorker<SimulatedWorker> workers_;
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
  const TrueCosts true_costs(dataset, cluster);
  const double cost = true_costs.least();
  std::vector<double> largest =
      largest_steps(dataset, options.step_samples, options.epochs, options.workers);
  for (double& sum : largest) sum *= true_costs.least_factor();
  return ideal_makespan_s(cluster, cost * options.epochs, cost / steps, largest);
}

}  // namespace evenkeel

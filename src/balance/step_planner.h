// Step mode: decides how many micro-batches of each global batch every worker takes.
#pragma once

#include <cstdint>
#include <optional>

#include "balance/baseline.h"
#include "balance/part_times.h"
#include "balance/policy_options.h"
#include "balance/speed_model.h"
#include "balance/stand_in.h"
#include "balance/step_allocation.h"
#include "balance/trials.h"

namespace evenkeel {

struct StepPlannerOptions {
  StepRule rule = StepRule::by_model;
  PerWorker<double> weights;  // by_weight; by_model: until it has measured; empty: all 1
  std::int32_t workers = 1;
  std::int64_t first_step = 0;     // of the job
  std::int64_t micro_batches = 1;  // of a global batch
  std::int64_t least = 1;          // micro-batches that each worker takes of it
  std::int64_t most = 1;
  double micro_batch_cost = 1;  // the mean, in cost units
  PredictorKind predictor = usual_predictor;
  std::int32_t warmup_steps = 1;
  Baseline baseline;
};

class StepPlanner {
 public:
  // Preconditions: workers × least ≤ micro_batches ≤ workers × most; weights empty or one per
  // worker.
  explicit StepPlanner(const StepPlannerOptions& options);

  // A worker has done a part of this cost > 0 in so much local work. A believed change of its
  // speed is returned; a change of its part is none.
  std::optional<SpeedChange> observe(WorkerIndex worker, double cost, double local_s);

  // A worker without a part has done a stand-in of so many micro-batches > 0. What that tells of
  // the time in which it would do one is observed. None before it was measured with a part.
  struct StandInSeen {
    double rate;  // cost units per second
    std::optional<SpeedChange> change;
  };
  std::optional<StandInSeen> observe_stand_in(WorkerIndex worker, double micro_batches,
                                              double local_s);

  // Micro-batches per worker, for a plan that begins with this step. `comm_s`: what the all-reduce
  // adds to a step. Now and then, a worker that takes none is tried with one micro-batch.
  const PerWorker<std::int64_t>& divide(std::int64_t first_step, double comm_s);

  // The next step is done, and took so long, all-reduce included.
  void step_done(std::int64_t step, double step_s, double comm_s);

  // In place of divide(): the steps from this one on are divided so, whatever the speeds are.
  void follow(std::int64_t first_step, PerWorker<std::int64_t> counts);

  // Of each worker, as far as is known: all alike before any has been measured. Where weights are
  // given, these say what the speeds are, in no unit.
  PerWorker<StepSpeed> speeds() const;

  StepRule rule() const { return options_.rule; }

  // The first step that is divided as steps are now.
  std::int64_t divided_so_since() const { return changed_at_; }

  // The equal steps at the beginning, as they are measured.
  Baseline& baseline() { return options_.baseline; }
  const Baseline& baseline() const { return options_.baseline; }

  // Who is tried in the step that divide() was last asked for.
  std::optional<WorkerIndex> tried(std::int64_t step) const { return trials_.tried(step); }

  // No plan reaches beyond the end of a step in which a worker is tried.
  std::int64_t trial_end() const { return trials_.end(); }

  // The longest local work of a step, as these speeds let expect it: with the present counts, with
  // the best counts there are, and with equal ones. None before any worker has been measured.
  std::optional<double> expected_step_s() const;
  std::optional<double> best_step_s() const;
  std::optional<double> equal_step_s() const;

  // The worker's present micro-batches of a global batch.
  std::int64_t count(WorkerIndex worker) const { return counts_[worker]; }

  bool is_measured(WorkerIndex worker) const { return times_[worker].measured(); }

  // Standard deviation of a step's time, relative to its mean. Precondition: is_measured(worker).
  double noise(WorkerIndex worker) const;

  // How many micro-batches the worker's device does in the time of one, if that was found out.
  std::optional<std::int64_t> tile(WorkerIndex worker) const;

  // Cost units per second at the present part of a step; 0 if not measured.
  double rate(WorkerIndex worker) const;

 private:
  std::optional<SpeedChange> learn(WorkerIndex worker, double cost, double local_s);
  void decide(std::int64_t first_step, double comm_s);
  bool is_baseline(std::int64_t first_step, double comm_s);
  bool is_measured() const;
  PerWorker<StepSpeed> speeds_before() const;
  PerWorker<StepSpeed> measured_speeds() const;
  double first_weight(WorkerIndex worker) const {
    return options_.weights.empty() ? 1 : options_.weights[worker];
  }
  double believed_weight(WorkerIndex worker, double exponent) const;
  double trust_exponent() const;
  double uncertainty() const;
  double gain_by_chance() const;
  bool is_curved(WorkerIndex worker) const;
  void follow_curve(WorkerIndex worker, StepSpeed& speed) const;
  double part_s(WorkerIndex worker, double micro_batches) const;
  double last_micro_batch_s(WorkerIndex worker) const;
  std::optional<double> longest_s(const PerWorker<std::int64_t>& counts) const;

  StepPlannerOptions options_;
  // A part that a worker has done.
  struct Part {
    double micro_batches = 0;
    double local_s = 0;
  };

  PerWorker<PartTimes> times_;
  PerWorker<Part> last_parts_;
  PerWorker<StandIn> stand_ins_;
  double evidence_ = 0;           // that times are curved, of all workers
  PerWorker<double> mean_rates_;  // moving averages of cost units per second; 0: not measured
  PerWorker<std::int64_t> equal_;
  PerWorker<std::int64_t> counts_;  // the present ones
  bool is_by_weights_ = false;      // as these are
  std::int64_t changed_at_ = 0;     // the first step that is divided so

  Trials trials_;
  PerWorker<std::int64_t> trial_counts_;
};

}  // namespace evenkeel

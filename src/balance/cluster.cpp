#include "balance/cluster.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace evenkeel {

Cluster::Cluster(int workers, const JobShape& shape, std::int32_t warmup_steps,
                 PredictorKind predictor)
    : shape_(shape),
      // A dataset smaller than a step has one step, of all its cost.
      mean_step_cost_(shape.cost *
                      static_cast<double>(std::min(shape.step_samples, shape.samples)) /
                      static_cast<double>(shape.samples)),
      workers_(static_cast<std::size_t>(workers)),
      alive_(workers) {
  for (WorkerLoad& load : workers_) load.model = SpeedModel(warmup_steps, predictor);
}

double Cluster::total_rate() const {
  return measured_ == 0 ? 0 : measured_rate_ * static_cast<double>(alive_) / measured_;
}

double Cluster::finish_s(int index) const {
  const WorkerLoad& load = worker(index);
  if (load.held_samples == 0) return to_seconds(load.working_since);
  if (load.rate == 0) return std::numeric_limits<double>::infinity();
  return to_seconds(load.working_since) +
         load.model.seconds(steps(load.held_samples), load.held_cost);
}

void Cluster::hold(int index, std::int64_t samples, double cost, std::int32_t leases) {
  WorkerLoad& load = edit(index);
  load.held_samples += samples;
  load.held_leases += leases;
  held_leases_ += leases;
  EVENKEEL_CHECK(load.held_samples >= 0 && load.held_leases >= 0);
  // Sums of rounded costs drift; with nothing held there is nothing to drift from.
  const double held = load.held_samples == 0 ? 0 : std::max(0.0, load.held_cost + cost);
  held_cost_ = held_leases_ == 0 ? 0 : std::max(0.0, held_cost_ + held - load.held_cost);
  load.held_cost = held;
}

std::optional<SpeedChange> Cluster::observe(int index, std::int32_t steps, double cost,
                                            double busy_s) {
  WorkerLoad& load = edit(index);
  load.steps_done += steps;
  load.busy_s += busy_s;
  const std::optional<SpeedChange> change = load.model.observe(steps, cost, busy_s);
  if (!load.model.measured()) return change;
  const double rate = load.model.rate(mean_step_cost_);
  if (load.alive) {
    measured_rate_ += rate - load.rate;
    if (load.rate == 0) ++measured_;
  }
  load.rate = rate;
  return change;
}

void Cluster::set_alive(int index, bool alive) {
  WorkerLoad& load = edit(index);
  if (load.alive == alive) return;
  load.alive = alive;
  const int sign = alive ? 1 : -1;
  alive_ += sign;
  if (load.rate > 0) {
    measured_ += sign;
    measured_rate_ = measured_ == 0 ? 0 : measured_rate_ + sign * load.rate;
  }
}

}  // namespace evenkeel

#include "balance/cluster.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "balance/prior_trust.h"
#include "core/check.h"

namespace evenkeel {
namespace {

// Before any step is reported: longer than any job lasts until then.
constexpr double job_of_unknown_length_s = 1e9;

// After so many steps a worker's own noise has shown. What others vary by counts no more: changes
// of speed are in it, too.
constexpr std::int64_t steps_to_show_noise = 48;

constexpr double unusual_cost = 0.05;  // this share more or less

// Steps that cost more or less than others tell of the overhead, not of chance.
bool is_usual_cost(const WorkerLoad& load, double step_cost) {
  const double usual = load.model.mean_cost();
  return std::abs(step_cost - usual) <= unusual_cost * usual;
}

// A first step counts if it is much slower than those of others let expect.
double credible_first_rate(double rate, double expected) {
  return rate * much_slower >= expected ? std::max(rate, expected) : rate;
}

}  // namespace

Cluster::Cluster(std::int32_t workers, const JobShape& shape, std::int32_t warmup_steps,
                 PredictorKind predictor)
    : shape_(shape),
      // A dataset smaller than a step has one step, of all its cost.
      mean_step_cost_(shape.cost *
                      static_cast<double>(std::min(shape.step_samples, shape.samples)) /
                      static_cast<double>(shape.samples)),
      warmup_steps_(warmup_steps),
      predictor_(predictor),
      workers_(workers),
      alive_(workers),
      alive_weight_(workers) {
  for (WorkerLoad& load : workers_) load.model = SpeedModel(warmup_steps, predictor);
}

double Cluster::total_rate() const {
  if (!has_begun()) return believes_weights_ ? shape_.cost / job_of_unknown_length_s : 0;
  const double known = believed_rate_ + unconfirmed_first_rate_ * gain_after_first_step();
  return known * alive_weight_ / known_weight();
}

double Cluster::expected_rate(WorkerIndex index) const {
  const WorkerLoad& load = worker(index);
  if (load.rate > 0) return believed_rate(load);
  if (load.first_rate == 0) return believes_weights_ ? part_of(total_rate(), index) : 0;
  double first_rate = load.first_rate;
  if (measured_ + unconfirmed_ > 1) {
    const double all = measured_first_rate_ + unconfirmed_first_rate_;
    const double weight = believed_weight(load);
    const double others = (all - load.first_rate) * weight / (known_weight() - weight);
    first_rate = credible_first_rate(first_rate, others);
  }
  return first_rate * gain_after_first_step();
}

// Precondition: it is measured.
double Cluster::believed_rate(const WorkerLoad& load) const {
  if (!pools_speeds_) return load.rate;
  const double weight = believed_weight(load);
  return weight / pooled_.expected(weight / load.rate, load.model.known_steps());
}

// How much faster steps are than a worker's first one, according to the measured workers.
double Cluster::gain_after_first_step() const {
  return measured_first_rate_ > 0 ? measured_rate_ / measured_first_rate_ : 1;
}

double Cluster::step_s(WorkerIndex index, double cost) const {
  const WorkerLoad& load = worker(index);
  const bool measured = load.model.measured();
  const double usual = measured ? load.model.mean_cost() : load.first_cost;
  const double assumed = std::max(cost, std::min(usual, mean_step_cost_));
  if (!measured) return assumed / expected_rate(index);
  return load.model.seconds(1, assumed) * load.rate / believed_rate(load);
}

double Cluster::finish_s(WorkerIndex index) const {
  const WorkerLoad& load = worker(index);
  const double since_s = to_seconds(load.working_since);
  if (load.held_samples == 0) return since_s;
  if (load.model.measured()) {
    return since_s + load.model.seconds(steps(load.held_samples), load.outstanding_cost) *
                         load.rate / believed_rate(load);
  }
  const double rate = expected_rate(index);
  return rate > 0 ? since_s + load.outstanding_cost / rate
                  : std::numeric_limits<double>::infinity();
}

void Cluster::mark(WorkerIndex index) {
  changed_.push_back(index);
  last_changed_ = index;
}

void Cluster::mark_all() {
  for (const WorkerIndex worker : indices()) mark(worker);
}

void Cluster::give(WorkerIndex index, std::int64_t samples, double cost) {
  edit(index).assigned_cost += cost;
  hold(index, samples, cost, 1);
}

void Cluster::take_back(WorkerIndex index, std::int64_t samples, double cost) {
  edit(index).assigned_cost -= cost;
  hold(index, -samples, -cost, 0);
}

void Cluster::hold(WorkerIndex index, std::int64_t samples, double cost, std::int32_t leases) {
  WorkerLoad& load = edit(index);
  load.held_samples += samples;
  load.held_leases += leases;
  held_leases_ += leases;
  EVENKEEL_CHECK(load.held_samples >= 0 && load.held_leases >= 0);
  // Sums of rounded costs drift; reset them when nothing is held.
  const double held = load.held_samples == 0 ? 0 : std::max(0.0, load.outstanding_cost + cost);
  held_cost_ = held_leases_ == 0 ? 0 : std::max(0.0, held_cost_ + held - load.outstanding_cost);
  load.outstanding_cost = held;
}

std::optional<SpeedChange> Cluster::observe(WorkerIndex index, std::int32_t steps, double cost,
                                            double busy_s) {
  WorkerLoad& load = edit(index);
  load.steps_done += steps;
  load.busy_s += busy_s;
  if (load.first_rate == 0) {
    load.first_rate = cost / std::max(busy_s, 1e-9);
    load.first_cost = cost / steps;
    if (load.alive) count_unconfirmed(load, 1);
    if (believes_weights_ && measured_ + unconfirmed_ == 1) mark_all();  // rates have a unit now
  }
  const bool was_measured = load.model.measured();
  const double believed = was_measured ? believed_rate(load) : 0;
  if (pools_speeds_ && was_measured && is_usual_cost(load, cost / steps)) {
    const double expected_s = load.model.seconds(steps, cost);
    pooled_.add_error(std::max(busy_s, 1e-9) / expected_s, steps, load.model.known_steps());
  }
  const double usual_noise = load.steps_done <= steps_to_show_noise ? step_noise() : 0;
  const std::optional<SpeedChange> change = load.model.observe(steps, cost, busy_s, usual_noise);
  if (!load.model.measured()) {
    if (is_review_due()) review();
    return change;
  }
  const double rate = load.model.rate(mean_step_cost_);
  const double before = std::exchange(load.rate, rate);
  if (load.alive) {
    measured_rate_ += rate - before;
    believed_rate_ += believed_rate(load) - believed;
    if (!was_measured) {
      count_unconfirmed(load, -1);
      ++measured_;
      measured_first_rate_ += load.first_rate;
      measured_weight_ += believed_weight(load);
    }
  }
  if (is_review_due()) review();
  return change;
}

void Cluster::replace_model(WorkerIndex index, const SpeedModel& model) {
  WorkerLoad& load = edit(index);
  EVENKEEL_CHECK(load.rate > 0 && model.measured());
  const double believed = believed_rate(load);
  load.model = model;
  const double before = std::exchange(load.rate, model.rate(mean_step_cost_));
  if (!load.alive) return;
  measured_rate_ += load.rate - before;
  believed_rate_ += believed_rate(load) - believed;
}

bool Cluster::is_review_due() const {
  return (believes_weights_ && 2 * measured_ + unconfirmed_ >= next_review_) ||
         (pools_speeds_ && pooled_.is_review_due());
}

void Cluster::review() {
  if (believes_weights_) review_weights();
  if (pools_speeds_) review_speeds();  // of paces relative to the weights
  mark_all();
}

void Cluster::review_speeds() {
  pooled_.begin_review();
  for (const WorkerLoad& load : workers_) {
    if (!load.alive || load.rate == 0) continue;
    pooled_.add(believed_weight(load) / load.rate, load.model.known_steps());
  }
  pooled_.end_review();
  believed_rate_ = 0;
  for (const WorkerLoad& load : workers_) {
    if (load.alive && load.rate > 0) believed_rate_ += believed_rate(load);
  }
}

// The more is known of some workers, the more is known of what weights are worth for the others.
// First steps count where they are much slower than the weights say.
void Cluster::review_weights() {
  const int known = 2 * measured_ + unconfirmed_;
  next_review_ = known + std::max(2, known / 2);
  double rates = 0;  // in first steps
  double weights = 0;
  for (const WorkerLoad& load : workers_) {
    if (!load.alive || load.first_rate == 0) continue;
    rates += load.first_rate;
    weights += load.weight;
  }
  PriorTrust trust;
  for (const WorkerLoad& load : workers_) {
    if (!load.alive || load.first_rate == 0) continue;
    if (load.rate > 0) {
      trust.add(load.weight, load.rate);
      continue;
    }
    const double others = (rates - load.first_rate) * load.weight / (weights - load.weight);
    trust.add(load.weight, credible_first_rate(load.first_rate, others) * gain_after_first_step());
  }
  weight_exponent_ = trust.exponent();
  alive_weight_ = measured_weight_ = unconfirmed_weight_ = 0;
  for (const WorkerLoad& load : workers_) {
    if (!load.alive) continue;
    const double weight = believed_weight(load);
    alive_weight_ += weight;
    if (load.rate > 0) {
      measured_weight_ += weight;
    } else if (load.first_rate > 0) {
      unconfirmed_weight_ += weight;
    }
  }
}

void Cluster::set_weight(WorkerIndex index, double weight) {
  EVENKEEL_CHECK(weight > 0 && worker(index).first_rate == 0);
  WorkerLoad& load = edit(index);
  if (load.alive) alive_weight_ -= believed_weight(load);
  load.weight = weight;
  if (load.alive) alive_weight_ += believed_weight(load);
}

void Cluster::set_alive(WorkerIndex index, bool alive) {
  if (worker(index).alive == alive) return;
  const bool had_begun = has_begun();
  WorkerLoad& load = edit(index);
  load.alive = alive;
  const int sign = alive ? 1 : -1;
  alive_ += sign;
  alive_weight_ = alive_ == 0 ? 0 : alive_weight_ + sign * believed_weight(load);
  if (load.rate > 0) {
    measured_ += sign;
    measured_rate_ = measured_ == 0 ? 0 : measured_rate_ + sign * load.rate;
    believed_rate_ = measured_ == 0 ? 0 : believed_rate_ + sign * believed_rate(load);
    measured_first_rate_ = measured_ == 0 ? 0 : measured_first_rate_ + sign * load.first_rate;
    measured_weight_ = measured_ == 0 ? 0 : measured_weight_ + sign * believed_weight(load);
  } else if (load.first_rate > 0) {
    count_unconfirmed(load, sign);
  }
  if (believes_weights_ && had_begun != has_begun()) mark_all();  // the unit of rates by weight
}

void Cluster::forget_speed(WorkerIndex index) {
  WorkerLoad& load = edit(index);
  EVENKEEL_CHECK(!load.alive);
  load.model = SpeedModel(warmup_steps_, predictor_);
  load.rate = load.first_rate = load.first_cost = 0;
  ++load.times_forgotten;
}

void Cluster::count_unconfirmed(const WorkerLoad& load, int sign) {
  unconfirmed_ += sign;
  unconfirmed_first_rate_ =
      unconfirmed_ == 0 ? 0 : unconfirmed_first_rate_ + sign * load.first_rate;
  unconfirmed_weight_ = unconfirmed_ == 0 ? 0 : unconfirmed_weight_ + sign * believed_weight(load);
}

}  // namespace evenkeel

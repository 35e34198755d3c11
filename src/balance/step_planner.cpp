#include "balance/step_planner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "balance/prior_trust.h"
#include "core/check.h"

namespace evenkeel {
namespace {

// A new division has to promise steps that are shorter by more than what is uncertain about a
// worker's speed, within these bounds: a gain below the one is not worth a change, and one above
// the other is taken in any case. As measuring goes on, a small gain that lasts is taken as well.
constexpr double least_gain = 0.002;
constexpr double certain_gain = 0.02;
constexpr std::int64_t lasting_steps = 32;
// While steps are divided by weights, a gain has to be larger than the errors of the first
// measurements let expect if the weights are right. A step's noise is taken to be this until it has
// shown.
constexpr double usual_noise = 0.05;

constexpr double least_local_s = 1e-12;

// The evidence that times are curved, summed up over all workers: from what on it counts for a
// worker that has none itself, and its bounds.
constexpr double convincing = 12;
constexpr double most_against = -10;
constexpr double most_for = 40;

// Of `performance`: shares in proportion to a moving average of measured speed.
constexpr double newest_rate_weight = 0.25;

// A trial that takes less than this share of what was expected of it promises a change that is
// believed after a few more.
constexpr double promising = 0.5;

PerWorker<StepSpeed> alike(const StepPlannerOptions& options) {
  return PerWorker<StepSpeed>(options.workers, {0, 1, options.least, options.most});
}

// Before anything is measured: as the weights say, if there are any.
PerWorker<StepSpeed> first_speeds(const StepPlannerOptions& options) {
  PerWorker<StepSpeed> workers = alike(options);
  for (const WorkerIndex i : options.weights.indices()) {
    workers[i].micro_batch_s = 1 / options.weights[i];
  }
  return workers;
}

}  // namespace

StepPlanner::StepPlanner(const StepPlannerOptions& options)
    : options_(options),
      times_(options.workers,
             PartTimes(options.micro_batch_cost, options.warmup_steps, options.predictor)),
      last_parts_(options.workers),
      stand_ins_(options.workers),
      mean_rates_(options.workers, 0),
      equal_(allocate_step(alike(options), options.micro_batches)),
      counts_(allocate_step(first_speeds(options), options.micro_batches)),
      is_by_weights_(!options.weights.empty()),
      trials_(options.workers, options.first_step) {
  EVENKEEL_CHECK(options.workers >= 1 && options.micro_batch_cost > 0);
}

std::optional<SpeedChange> StepPlanner::observe(WorkerIndex worker, double cost, double local_s) {
  last_parts_[worker] = {cost / options_.micro_batch_cost, std::max(least_local_s, local_s)};
  stand_ins_[worker].saw_part();
  return learn(worker, cost, local_s);
}

std::optional<StepPlanner::StandInSeen> StepPlanner::observe_stand_in(WorkerIndex worker,
                                                                      double micro_batches,
                                                                      double local_s) {
  if (!is_measured(worker)) return std::nullopt;
  StandIn& stand_in = stand_ins_[worker];
  const double micro_batch_s =
      stand_in.saw(micro_batches, std::max(least_local_s, local_s), last_micro_batch_s(worker));
  if (stand_in.is_certain()) trials_.stood_in(worker);
  const double cost = options_.micro_batch_cost;
  return StandInSeen{cost / micro_batch_s, learn(worker, cost, micro_batch_s)};
}

// As its last part showed.
double StepPlanner::last_micro_batch_s(WorkerIndex worker) const {
  const Part& last = last_parts_[worker];
  return last.local_s * part_s(worker, 1) / part_s(worker, last.micro_batches);
}

std::optional<SpeedChange> StepPlanner::learn(WorkerIndex worker, double cost, double local_s) {
  double& mean_rate = mean_rates_[worker];
  const double rate = cost / std::max(least_local_s, local_s);
  mean_rate = mean_rate > 0 ? mean_rate + newest_rate_weight * (rate - mean_rate) : rate;
  PartTimes& times = times_[worker];
  if (times.measured()) {
    const double expected_s = part_s(worker, cost / options_.micro_batch_cost);
    trials_.report(worker, local_s < promising * expected_s);
  }
  const auto change = times.observe(cost, std::max(least_local_s, local_s));
  evidence_ = std::clamp(evidence_ + times.new_evidence(), most_against, most_for);
  return change;
}

const PerWorker<std::int64_t>& StepPlanner::divide(std::int64_t first_step, double comm_s) {
  if (is_baseline(first_step, comm_s) || !follows_measured_speed(options_.rule)) return counts_;
  if (!is_measured()) {
    follow(first_step, allocate_step(speeds_before(), options_.micro_batches));
    return counts_;
  }
  trials_.divided_before(first_step, counts_);
  decide(first_step, comm_s);
  const std::optional<WorkerIndex> tried = trials_.next(first_step, counts_);
  if (!tried) return counts_;
  trial_counts_ = counts_;
  --*std::max_element(trial_counts_.begin(), trial_counts_.end());
  ++trial_counts_[*tried];
  return trial_counts_;
}

bool StepPlanner::is_baseline(std::int64_t first_step, double comm_s) {
  Baseline& baseline = options_.baseline;
  if (baseline.end() != Baseline::undecided) return first_step < baseline.end();
  std::optional<double> best_s = best_step_s();
  if (best_s) *best_s += comm_s;
  return baseline.lasts(first_step, best_s);
}

void StepPlanner::step_done(std::int64_t step, double step_s, double comm_s) {
  const std::optional<double> expected_s = expected_step_s();
  trials_.step_done(step, step_s, expected_s ? *expected_s + comm_s : step_s);
}

void StepPlanner::decide(std::int64_t first_step, double comm_s) {
  const PerWorker<StepSpeed> workers = speeds();
  const PerWorker<std::int64_t> best = allocate_step(workers, options_.micro_batches);
  if (options_.rule == StepRule::by_mean_rate) {
    if (best != counts_) changed_at_ = first_step;
    counts_ = best;
    return;
  }
  const double best_s = longest_step_s(workers, best) + comm_s;
  const double present_s = longest_step_s(workers, counts_) + comm_s;
  const double gain = present_s / best_s - 1;
  const bool lasts = first_step - changed_at_ >= lasting_steps;
  double dead_band = std::clamp(uncertainty(), least_gain, certain_gain);
  if (is_by_weights_) dead_band = std::max(dead_band, gain_by_chance());
  if (gain > (lasts ? least_gain : dead_band)) {
    counts_ = best;
    is_by_weights_ = false;
    changed_at_ = first_step;
  }
}

void StepPlanner::follow(std::int64_t first_step, PerWorker<std::int64_t> counts) {
  EVENKEEL_CHECK(counts.size() == counts_.size());
  if (counts != counts_) changed_at_ = first_step;
  counts_ = std::move(counts);
}

std::optional<double> StepPlanner::expected_step_s() const { return longest_s(counts_); }

std::optional<double> StepPlanner::best_step_s() const {
  if (!is_measured()) return std::nullopt;
  return longest_s(allocate_step(measured_speeds(), options_.micro_batches));
}

// The line forgets what parts of other sizes took; the curve does not.
std::optional<double> StepPlanner::equal_step_s() const {
  if (!is_measured()) return std::nullopt;
  PerWorker<StepSpeed> workers = measured_speeds();
  for (const WorkerIndex i : workers.indices()) {
    if (is_measured(i) && options_.rule != StepRule::by_mean_rate) follow_curve(i, workers[i]);
  }
  return longest_step_s(workers, equal_);
}

std::optional<double> StepPlanner::longest_s(const PerWorker<std::int64_t>& counts) const {
  if (!is_measured()) return std::nullopt;
  return longest_step_s(measured_speeds(), counts);
}

void StepPlanner::follow_curve(WorkerIndex worker, StepSpeed& speed) const {
  const PartTimes& times = times_[worker];
  speed.curve = &times.curve();
  speed.always_s = times.always_s();
  speed.work_s = std::max(least_local_s, times.work_s());
}

double StepPlanner::rate(WorkerIndex worker) const {
  if (!is_measured(worker)) return 0;
  const auto count = static_cast<double>(std::max<std::int64_t>(1, counts_[worker]));
  return count * options_.micro_batch_cost / part_s(worker, count);
}

double StepPlanner::noise(WorkerIndex worker) const {
  const PartTimes& times = times_[worker];
  return times.noise(is_curved(worker));
}

std::optional<std::int64_t> StepPlanner::tile(WorkerIndex worker) const {
  const std::optional<Tiles>& tiles = times_[worker].curve().tiles();
  if (!tiles || !is_curved(worker)) return std::nullopt;
  return std::llround(tiles->tile);
}

bool StepPlanner::is_curved(WorkerIndex worker) const {
  return times_[worker].is_curved(evidence_ > convincing);
}

double StepPlanner::part_s(WorkerIndex worker, double micro_batches) const {
  return times_[worker].seconds(micro_batches, is_curved(worker));
}

// Of the worker whose speed is known least.
double StepPlanner::uncertainty() const {
  double most = 0;
  for (const PartTimes& times : times_) {
    if (times.measured()) most = std::max(most, times.line().uncertainty());
  }
  return most;
}

// The largest of so many normal errors, about, in the mean time of a step.
double StepPlanner::gain_by_chance() const {
  double variances = 0;
  for (const PartTimes& times : times_) {
    if (!times.measured()) continue;
    const SpeedModel& model = times.line();
    variances += std::pow(model.noise_beside(usual_noise), 2) / model.known_steps();
  }
  const auto workers = static_cast<double>(options_.workers);
  return std::sqrt(2 * std::log(std::max(2.0, workers)) * variances / workers);
}

bool StepPlanner::is_measured() const {
  return std::any_of(times_.begin(), times_.end(),
                     [](const PartTimes& times) { return times.measured(); });
}

PerWorker<StepSpeed> StepPlanner::speeds() const {
  if (options_.rule == StepRule::by_weight) return first_speeds(options_);
  return is_measured() ? measured_speeds() : speeds_before();
}

// Before any is measured: by the weights, except of workers whose first step was much slower, for
// its weight, than those of the others. These are not left out: they are to be measured.
PerWorker<StepSpeed> StepPlanner::speeds_before() const {
  PerWorker<StepSpeed> workers = first_speeds(options_);
  double rates = 0;
  double weights = 0;
  for (const WorkerIndex i : workers.indices()) {
    if (mean_rates_[i] == 0) continue;
    rates += mean_rates_[i];
    weights += first_weight(i);
  }
  for (const WorkerIndex i : workers.indices()) {
    if (mean_rates_[i] == 0 || mean_rates_[i] == rates) continue;
    const double of_weight = (rates - mean_rates_[i]) / (weights - first_weight(i));
    const double slower = first_weight(i) * of_weight / mean_rates_[i];
    if (slower <= much_slower) continue;
    workers[i].micro_batch_s *= slower;
    workers[i].least = std::max(workers[i].least, std::min<std::int64_t>(1, equal_[i]));
  }
  return workers;
}

double StepPlanner::trust_exponent() const {
  PriorTrust trust;
  for (const WorkerIndex i : options_.weights.indices()) {
    if (is_measured(i)) trust.add(options_.weights[i], rate(i));
  }
  return trust.exponent();
}

double StepPlanner::believed_weight(WorkerIndex worker, double exponent) const {
  return std::pow(first_weight(worker), exponent);
}

// Whoever has not been measured, perhaps for want of work, is taken for as fast as the mean, or as
// its weight says, as far as the weights are right about the others.
PerWorker<StepSpeed> StepPlanner::measured_speeds() const {
  const double exponent = trust_exponent();
  PerWorker<StepSpeed> workers = alike(options_);
  StepSpeed mean{0, 0, 0, 0};
  double measured = 0;
  for (const WorkerIndex i : workers.indices()) {
    if (!is_measured(i)) continue;
    const SpeedModel& line = times_[i].line();
    const bool is_proportional = options_.rule == StepRule::by_mean_rate;
    const double micro_batch_s = is_proportional ? options_.micro_batch_cost / mean_rates_[i]
                                                 : line.seconds(0, options_.micro_batch_cost);
    workers[i].fixed_s = is_proportional ? 0 : line.seconds(1, 0);
    // A worker that needs no time would be given everything: it needs the least there is.
    workers[i].micro_batch_s = std::max(least_local_s, micro_batch_s);
    if (!is_proportional && is_curved(i)) follow_curve(i, workers[i]);
    workers[i].stand_in_s = stand_ins_[i].seconds(workers[i].step_s(1));
    mean.fixed_s += workers[i].fixed_s;
    mean.micro_batch_s += workers[i].micro_batch_s * believed_weight(i, exponent);
    ++measured;
  }
  for (const WorkerIndex i : workers.indices()) {
    if (is_measured(i)) continue;
    workers[i].fixed_s = mean.fixed_s / measured;
    workers[i].micro_batch_s = mean.micro_batch_s / measured / believed_weight(i, exponent);
  }
  return workers;
}

}  // namespace evenkeel

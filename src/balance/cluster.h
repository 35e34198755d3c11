// The policies' view of a job: each worker's speed, what it holds, and what is free. The
// coordinator updates it; policies only read it.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/pooled_speeds.h"
#include "balance/speed_model.h"
#include "balance/worker_view.h"
#include "core/per_worker.h"
#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

// `rate` is for steps of mean cost; the outstanding work is in leases.
struct WorkerLoad : WorkerView {
  // Bits, and small members adjacent: there is a load per worker.
  bool asking : 1 = false;    // wants a lease and has not got one yet
  bool trimming : 1 = false;  // a trim is outstanding
  bool doubted : 1 = false;   // has failed several steps in a row: it gets no more than it asks for
  bool trimmable : 1 = true;  // false once a trim got nothing, until the next report
  std::uint8_t times_forgotten =
      0;  // changes when what it was measured to do says nothing any more
  std::int32_t held_leases = 0;
  std::int32_t home = -1;  // its place in FreeWork::at_home; -1: no data is nearer than other
  float away = 0;          // how many times as long its steps take away from there; 0: as usual
  SpeedModel model;
  double first_rate = 0;        // `rate` in its first report, even if ignored; 0: no report yet
  double first_cost = 0;        // mean cost of a step in its first report
  std::int64_t steps_done = 0;  // as reported, and their total time:
  double busy_s = 0;
  std::int64_t held_samples = 0;
  Instant working_since{};  // begin of the unreported work on what it holds
  Instant silent_since{};   // when it last sent something, or began to hold something
  Duration lead{};          // its round trip, including the rest of a step
};

// The open epochs, and what nobody holds of them.
struct FreeWork {
  std::int64_t samples = 0;
  double cost = 0;
  Pass front_pass;             // the epoch that samples are handed out from
  double front_step_cost = 0;  // of its first step
  double dear_step_cost = 0;   // of its most expensive one, if that may be dealt out first; or 0
  // Of epochs that are not open yet, but may be worked on before the front one is finished.
  double later_cost = 0;
  // Of the front epoch: samples of each home, then those that are the same to all; empty: all are.
  std::span<const std::int64_t> at_home;
  double away = 1;  // how many times as long a step usually takes on a worker of another home
};

struct JobShape {
  std::int64_t samples = 1;  // of one epoch
  double cost = 1;           // of one epoch
  std::int64_t step_samples = 1;
  Duration report_interval{};  // a worker reports no more often
};

class Cluster {
 public:
  Cluster(std::int32_t workers, const JobShape& shape, std::int32_t warmup_steps,
          PredictorKind predictor = usual_predictor);

  const JobShape& shape() const { return shape_; }
  std::int32_t workers() const { return workers_.size(); }
  WorkerRange indices() const { return workers_.indices(); }
  std::int32_t alive() const { return alive_; }
  const WorkerLoad& worker(WorkerIndex index) const { return workers_[index]; }
  const FreeWork& free_work() const { return free_; }
  std::int64_t held_leases() const { return held_leases_; }

  double mean_step_cost() const { return mean_step_cost_; }
  double steps(std::int64_t samples) const {
    return static_cast<double>(samples) / static_cast<double>(shape_.step_samples);
  }

  // Cost of everything in the open epochs that is not done, free or held.
  double remaining_cost() const { return free_.cost + held_cost_; }

  // Whether a live worker has reported a step. Before, rates by weights are in a unit that has
  // nothing to do with the clock: so low that all time that has passed is nothing.
  bool has_begun() const { return measured_ + unconfirmed_ > 0; }

  // Cost units per second of all live workers together. Unmeasured workers count with the mean of
  // the others, or by their weights. If none is measured, an estimate from first steps; 0: no steps
  // yet, and no weights.
  double total_rate() const;

  // Cost units per second at steps of mean cost: measured (WorkerLoad::rate, or what is to be
  // expected in spite of chance, see pool_speeds()), or estimated from the first step, which counts
  // only if it was much slower than those of others; before, from its weight. 0: no step reported
  // yet, and no weights.
  double expected_rate(WorkerIndex index) const;

  // The worker's part of what all live workers do together, by its weight.
  double part_of(double whole, WorkerIndex index) const {
    return whole * believed_weight(worker(index)) / alive_weight_;
  }

  // Expected seconds of a step of this cost, or of a usual step if that costs more, since a small
  // step may not be shorter. Precondition: expected_rate(index) > 0.
  double step_s(WorkerIndex index, double cost) const;

  // How much the steps of a worker vary, relative to their time; 0: not known.
  double step_noise() const { return pooled_.step_noise(); }

  // By how much, relative to its time, the longest of very many steps is longer by chance alone:
  // some 4.5 standard deviations, of one in 300,000.
  double largest_chance() const { return 4.5 * step_noise(); }

  // How many times as long as at home the next free step would take on this worker.
  double away(WorkerIndex index) const {
    const std::int32_t home = worker(index).home;
    if (free_.at_home.empty() || home < 0) return 1;
    const bool is_near =
        free_.at_home[static_cast<std::size_t>(home)] > 0 || free_.at_home.back() > 0;
    return is_near ? 1 : away_factor(index);
  }

  // How many times as long as at home a step takes on this worker elsewhere.
  double away_factor(WorkerIndex index) const {
    const auto own = static_cast<double>(worker(index).away);
    return own > 0 ? own : free_.away;
  }

  // When the worker is expected to finish everything that it holds, in seconds of the run clock;
  // infinite if it holds something and its expected rate is 0.
  double finish_s(WorkerIndex index) const;

  // ---- for the coordinator

  void set_free_work(const FreeWork& free) { free_ = free; }

  // How fast a worker is against the others, as known before its first step.
  void set_weight(WorkerIndex index, double weight);

  // Rates are expected by the weights until they are measured; weights that turn out to be wrong
  // lose their worth, until they turn out to be right. Otherwise weights are for policies alone.
  void believe_weights() { believes_weights_ = true; }

  // What is measured of all workers tells how far a worker's speed may be chance, as long as it
  // rests on few steps.
  void pool_speeds() { pools_speeds_ = true; }
  void set_home(WorkerIndex index, std::int32_t home) { edit(index).home = home; }
  void set_away(WorkerIndex index, double factor) { edit(index).away = static_cast<float>(factor); }
  void set_alive(WorkerIndex index, bool alive);
  void set_asking(WorkerIndex index, bool asking) { edit(index).asking = asking; }
  void set_doubted(WorkerIndex index, bool doubted) {
    if (worker(index).doubted != doubted) edit(index).doubted = doubted;
  }
  void set_lead(WorkerIndex index, Duration lead) { edit(index).lead = lead; }
  void set_trimming(WorkerIndex index, bool trimming) { edit(index).trimming = trimming; }
  void set_trimmable(WorkerIndex index, bool trimmable) { edit(index).trimmable = trimmable; }
  void set_silent_since(WorkerIndex index, Instant since) { edit(index).silent_since = since; }
  void set_working_since(WorkerIndex index, Instant since) { edit(index).working_since = since; }

  // A lease is granted, or the last part of one is taken back.
  void give(WorkerIndex index, std::int64_t samples, double cost);
  void take_back(WorkerIndex index, std::int64_t samples, double cost);

  // A part of what it holds needs no more work, or a lease is over: then the remaining cost is a
  // rounding error.
  void finish(WorkerIndex index, std::int64_t samples, double cost) {
    hold(index, -samples, -cost, 0);
  }
  void end_lease(WorkerIndex index, double cost) { hold(index, 0, -cost, -1); }

  // Counts reported work, and updates the worker's speed model.
  std::optional<SpeedChange> observe(WorkerIndex index, std::int32_t steps, double cost,
                                     double busy_s);

  // What it did lately was not its speed: it is as this model says. Precondition: it is measured,
  // as the model is.
  void replace_model(WorkerIndex index, const SpeedModel& model);

  // What it holds costs so much more than was thought, or less.
  void recost(WorkerIndex index, double more_cost) {
    edit(index).assigned_cost += more_cost;
    hold(index, 0, more_cost, 0);
  }

  // What a worker has been measured to do says nothing of it any more. Precondition: not alive.
  void forget_speed(WorkerIndex index);

  // Visits the workers that have changed since the last call; one may be visited twice.
  template <typename Visit>
  void visit_changed(Visit visit) {
    for (const WorkerIndex worker : changed_) visit(worker);
    changed_.clear();
    last_changed_ = nobody;
  }

 private:
  static constexpr WorkerIndex nobody{-1};

  // All changes of a worker's numbers go through this.
  WorkerLoad& edit(WorkerIndex index) {
    if (last_changed_ != index) mark(index);
    return workers_[index];
  }

  void mark(WorkerIndex index);
  void mark_all();

  // The worker holds this much more or less; leases: +1, 0 or −1.
  void hold(WorkerIndex index, std::int64_t samples, double cost, std::int32_t leases);

  // As far as weights are believed: (given weight) ^ exponent.
  double believed_weight(const WorkerLoad& load) const {
    return weight_exponent_ == 1 ? load.weight : std::pow(load.weight, weight_exponent_);
  }
  double known_weight() const { return measured_weight_ + unconfirmed_weight_; }
  double believed_rate(const WorkerLoad& load) const;
  bool is_review_due() const;
  void review();
  void review_weights();
  void review_speeds();
  double gain_after_first_step() const;
  void count_unconfirmed(const WorkerLoad& load, int sign);

  JobShape shape_;
  double mean_step_cost_ = 1;
  std::int32_t warmup_steps_;
  PredictorKind predictor_;
  PerWorker<WorkerLoad> workers_;
  std::vector<WorkerIndex> changed_;
  WorkerIndex last_changed_ = nobody;
  FreeWork free_;
  bool believes_weights_ = false;
  bool pools_speeds_ = false;
  PooledSpeeds pooled_;
  std::int32_t alive_ = 0;
  double alive_weight_ = 0;
  double weight_exponent_ = 1;
  int next_review_ = 2;  // of the weights: once so much is known, 1 of a first step and 1 of more
  int measured_ = 0;     // live workers
  double measured_rate_ = 0;  // their sum, as measured
  double believed_rate_ = 0;  // and as expected
  double measured_weight_ = 0;
  double measured_first_rate_ = 0;
  int unconfirmed_ = 0;  // live workers that have done a step, but are not measured
  double unconfirmed_first_rate_ = 0;
  double unconfirmed_weight_ = 0;
  double held_cost_ = 0;
  std::int64_t held_leases_ = 0;
};

}  // namespace evenkeel

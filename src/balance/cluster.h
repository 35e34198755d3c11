// What the policies know of a job: how fast each worker is, what it holds, and what is free.
// The coordinator keeps it true; policies only read it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "balance/speed_model.h"
#include "balance/worker_view.h"
#include "core/per_worker.h"
#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

// `rate` is at steps of mean cost; what is outstanding it holds in leases.
struct WorkerLoad : WorkerView {
  bool asking = false;    // wants a lease and has not been given one since
  bool trimming = false;  // a trim is outstanding
  bool trimmable = true;  // false once a trim got nothing, until the next report
  std::int32_t held_leases = 0;
  SpeedModel model;
  double first_rate = 0;        // `rate` in its first report, believed or not; 0: no report yet
  double first_cost = 0;        // mean cost of a step in its first report
  std::int64_t steps_done = 0;  // as reported, and how long they took:
  double busy_s = 0;
  std::int64_t held_samples = 0;
  Instant working_since{};  // since when it works on what it holds, as far as reported
  Instant silent_since{};   // when it was last heard, or began to hold something
  Duration lead{};          // its round trip, the rest of a step included
};

// The epochs that may be worked on now, and what of them nobody holds.
struct FreeWork {
  std::int64_t samples = 0;
  double cost = 0;
  Pass front_pass;             // samples are handed out from the front
  double front_step_cost = 0;  // of its first step
  // Where an earlier epoch is not finished yet: the cost of the epoch after the front one. It opens
  // once the earlier one is finished, and can then be worked on, too, before the front epoch has to
  // be finished. 0: there is no earlier one, or none after the front one.
  double next_cost = 0;
};

struct JobShape {
  std::int64_t samples = 1;  // of one epoch
  double cost = 1;           // of one epoch
  std::int64_t step_samples = 1;
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

  // Cost of everything that is not done in the live epochs, free or held.
  double remaining_cost() const { return free_.cost + held_cost_; }

  // Cost units a second of all live workers together; one that is not measured yet counts as
  // much as the mean of the others. If none is measured, as their first steps tell; 0: nothing yet.
  double total_rate() const;

  // Cost units per second at steps of mean cost: as measured (WorkerLoad::rate), or until then as
  // guessed from its first step, which is believed only if it was much slower than those of others.
  // 0: it has not reported a step yet.
  double expected_rate(WorkerIndex index) const;

  // Expected seconds of a step of this cost, or of one as it usually does if that costs more: a
  // small step may be no shorter. Precondition: expected_rate(index) > 0.
  double step_s(WorkerIndex index, double cost) const;

  // When the worker is expected to be done with all it holds, in seconds of the run clock;
  // infinite if it holds something and its expected rate is 0.
  double finish_s(WorkerIndex index) const;

  // ---- for the coordinator

  void set_free_work(const FreeWork& free) { free_ = free; }

  void set_weight(WorkerIndex index, double weight) { edit(index).weight = weight; }
  void set_alive(WorkerIndex index, bool alive);
  void set_asking(WorkerIndex index, bool asking) { edit(index).asking = asking; }
  void set_lead(WorkerIndex index, Duration lead) { edit(index).lead = lead; }
  void set_trimming(WorkerIndex index, bool trimming) { edit(index).trimming = trimming; }
  void set_trimmable(WorkerIndex index, bool trimmable) { edit(index).trimmable = trimmable; }
  void set_silent_since(WorkerIndex index, Instant since) { edit(index).silent_since = since; }
  void set_working_since(WorkerIndex index, Instant since) { edit(index).working_since = since; }

  // The worker is given this in a lease, or the last part of a lease is taken back.
  void give(WorkerIndex index, std::int64_t samples, double cost);
  void take_back(WorkerIndex index, std::int64_t samples, double cost);

  // A part of what it holds needs no more work, or a lease is over: its last cost is a rounding
  // error.
  void finish(WorkerIndex index, std::int64_t samples, double cost) {
    hold(index, -samples, -cost, 0);
  }
  void end_lease(WorkerIndex index, double cost) { hold(index, 0, -cost, -1); }

  // Counts what is reported, and teaches the worker's speed model.
  std::optional<SpeedChange> observe(WorkerIndex index, std::int32_t steps, double cost,
                                     double busy_s);

  // Visits the workers that have changed since the last call; one may be there twice.
  template <typename Visit>
  void visit_changed(Visit visit) {
    for (const WorkerIndex worker : changed_) visit(worker);
    changed_.clear();
    last_changed_ = nobody;
  }

 private:
  static constexpr WorkerIndex nobody{-1};

  // Whatever changes a worker's numbers gets at them here.
  WorkerLoad& edit(WorkerIndex index) {
    if (last_changed_ != index) mark(index);
    return workers_[index];
  }

  void mark(WorkerIndex index);

  // The worker holds this much more, or less; leases: +1, 0 or −1.
  void hold(WorkerIndex index, std::int64_t samples, double cost, std::int32_t leases);

  double gain_after_first_step() const;
  void count_unconfirmed(const WorkerLoad& load, int sign);

  JobShape shape_;
  double mean_step_cost_ = 1;
  PerWorker<WorkerLoad> workers_;
  std::vector<WorkerIndex> changed_;
  WorkerIndex last_changed_ = nobody;
  FreeWork free_;
  std::int32_t alive_ = 0;
  int measured_ = 0;          // of the live ones
  double measured_rate_ = 0;  // of the live ones, together
  double measured_first_rate_ = 0;
  int unconfirmed_ = 0;  // of the live ones: those that have done a step, but are not measured
  double unconfirmed_first_rate_ = 0;
  double held_cost_ = 0;
  std::int64_t held_leases_ = 0;
};

}  // namespace evenkeel

// Step mode: what the workers' reports say of each step together. A step is done when every worker
// has reported it.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "coordinator/outputs.h"
#include "core/per_worker.h"

namespace evenkeel {

// Times in seconds. The all-reduce itself (comm) takes, in each step, the least time that any
// worker spent in it; the rest of a worker's time there was waiting for slower workers (uneven) or
// for workers that paused. Pauses delay a step by as much as the last to be ready for the
// all-reduce came later than it would have come without them.
class StepTally {
 public:
  explicit StepTally(std::int32_t workers, std::int64_t first_step = 0)
      : reported_(workers, first_step),
        times_last_(workers, 0),
        done_(first_step),
        own_pauses_s_(workers, 0) {}

  // The worker's next step. Returns true if that makes the step done.
  bool add(WorkerIndex worker, const StepTimes& times);

  // The number of the first step that not all workers have reported, or that this one has not.
  std::int64_t done() const { return done_; }
  std::int64_t reported(WorkerIndex worker) const { return reported_[worker]; }

  // The steps done of which some worker has not said where its local work ended: how long its
  // waiting was is not known, and so neither are all-reduce, pauses and balance of these steps.
  // They are in no figure below but last_step_s().
  std::int64_t untold() const { return untold_; }
  bool last_told() const { return last_told_; }

  // Sums over the steps done.
  double comm_s() const { return comm_s_; }
  double longest_local_s() const { return longest_local_s_; }
  double mean_local_s() const { return mean_local_s_; }

  // How long local work would have taken had its cost been divided, in each step, in proportion to
  // the speeds that the workers showed in that very step.
  double ideal_local_s() const { return ideal_local_s_; }

  // In how many steps the others waited for this worker.
  std::int64_t times_last(WorkerIndex worker) const { return times_last_[worker]; }

  // How long the worker waited in the all-reduce for others that paused.
  double waited_for_pauses_s(WorkerIndex worker) const {
    return pause_delay_s_ - own_pauses_s_[worker];
  }

  // How long the step done last took, local work and all-reduce, as the mean worker saw it; without
  // pauses, if these are known. The others are of a step that was told.
  double last_step_s() const { return last_step_s_; }
  double last_comm_s() const { return last_comm_s_; }
  double last_ideal_local_s() const { return last_ideal_local_s_; }

 private:
  struct OpenStep {
    std::int32_t reports = 0;
    WorkerIndex last_worker;  // who waited least in the all-reduce
    WorkerIndex slowest_worker;
    double longest_local_s = 0;
    double last_ready_s = 0;  // since the step's begin, pauses included
    double local_s = 0;       // sum
    double cost = 0;
    double rate = 0;  // sum of cost / local work
    double least_reduce_s = 0;
    double total_s = 0;                                  // sum, local and all-reduce
    bool is_told = true;                                 // by all
    std::vector<std::pair<WorkerIndex, double>> pauses;  // worker and seconds; few have any
  };

  void close(const OpenStep& step);
  double book_pauses(const OpenStep& step);

  PerWorker<std::int64_t> reported_;
  PerWorker<std::int64_t> times_last_;
  std::deque<OpenStep> open_;  // the first is step number done_
  std::int64_t done_;
  std::int64_t untold_ = 0;
  bool last_told_ = true;
  double comm_s_ = 0;
  double pause_delay_s_ = 0;
  PerWorker<double> own_pauses_s_;  // the part of the delay that it paused itself
  double longest_local_s_ = 0;
  double mean_local_s_ = 0;
  double ideal_local_s_ = 0;
  double last_step_s_ = 0;
  double last_comm_s_ = 0;
  double last_ideal_local_s_ = 0;
};

}  // namespace evenkeel

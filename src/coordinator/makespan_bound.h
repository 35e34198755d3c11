// Lease mode: the bound T* of a job, from the speeds that its workers showed.
#pragma once

#include <vector>

#include "balance/capacity_timeline.h"
#include "balance/cluster.h"
#include "coordinator/attendance.h"
#include "core/per_worker.h"
#include "dataset/dataset.h"
#include "protocol/messages.h"

namespace evenkeel {

class MakespanBound {
 public:
  MakespanBound(const Dataset& dataset, std::int64_t step_samples, std::int32_t epochs,
                std::int32_t workers);

  // A worker with this load has done steps. Before its first one, it cannot have worked.
  void add(WorkerIndex worker, const Report& report, const WorkerLoad& load);

  // Until its first step began; 0: it has done none.
  Duration starting(WorkerIndex worker) const { return starting_[worker]; }

  // Of the work done until `end`, in seconds; all steps of the run: none is shorter than they are.
  double time_s(double cost_done, Instant end, bool all_steps, const Attendance& attendance,
                const Cluster& cluster) const;

 private:
  CapacityTimeline capacity_;
  std::vector<double> largest_steps_;  // as largest_steps() has it
  PerWorker<double> highest_speeds_;   // ever measured, in cost units per second
  PerWorker<Instant> last_ends_;       // of the steps reported
  PerWorker<Duration> starting_;
};

}  // namespace evenkeel

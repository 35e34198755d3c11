// Lease mode: the bound T* of a job, from the speeds that its workers showed.
#pragma once

#include <functional>
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

  // A worker with this load has done steps since this moment: the end of its last one, or the begin
  // of its first one, as it cannot have worked before.
  void add(WorkerIndex worker, const Report& report, const WorkerLoad& load, Instant since);

  // When the last step of a worker that is not lost was done; the begin of time: it has done none.
  using LastEnd = std::function<Instant(WorkerIndex)>;

  // Of the work done until `end`, in seconds; all steps of the run: none is shorter than they are.
  double time_s(double cost_done, Instant end, bool all_steps, const Attendance& attendance,
                const Cluster& cluster, const LastEnd& last_end) const;

 private:
  CapacityTimeline capacity_;
  std::vector<double> largest_steps_;  // as largest_steps() has it
  PerWorker<double> highest_speeds_;   // ever measured, in cost units per second
};

}  // namespace evenkeel

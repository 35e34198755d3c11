#include "coordinator/makespan_bound.h"

#include <algorithm>

#include "coordinator/largest_steps.h"

namespace evenkeel {

MakespanBound::MakespanBound(const Dataset& dataset, std::int64_t step_samples, std::int32_t epochs,
                             std::int32_t workers)
    : largest_steps_(largest_steps(dataset, step_samples, epochs, workers)),
      highest_speeds_(workers, 0) {}

void MakespanBound::add(WorkerIndex worker, const Report& report, const WorkerLoad& load,
                        Instant since) {
  double& highest = highest_speeds_[worker];
  const double busy_s = to_seconds(report.busy);
  if (busy_s > 0) {
    const double speed = report.cost / busy_s;
    // While it did not work, it could have worked at its usual speed; this report's may be far off.
    const double usual = load.model.measured() ? load.rate : speed;
    const double span_s = std::max(busy_s, to_seconds(report.last_end - since));
    capacity_.add(since, report.last_end, (report.cost + (span_s - busy_s) * usual) / span_s);
    highest = std::max(highest, speed);
  }
  // In a larger step, its overhead weighs less.
  if (load.model.measured()) highest = std::max(highest, load.model.rate(largest_steps_.front()));
}

double MakespanBound::time_s(double cost_done, Instant end, bool all_steps,
                             const Attendance& attendance, const Cluster& cluster,
                             const LastEnd& last_end) const {
  // A worker that waits at the end could have worked at the speed it had.
  CapacityTimeline capacity = capacity_;
  for (const WorkerIndex worker : cluster.indices()) {
    if (is_lost(attendance.of(worker))) continue;
    capacity.add(last_end(worker), end, cluster.worker(worker).rate);
  }
  const double time_s = capacity.time_of_s(cost_done);
  if (!all_steps) return time_s;
  return std::max(time_s, time_of_largest_steps_s(
                              largest_steps_, {highest_speeds_.begin(), highest_speeds_.end()}));
}

}  // namespace evenkeel

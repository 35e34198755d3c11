#include "coordinator/makespan_bound.h"

#include <algorithm>

#include "coordinator/largest_steps.h"

namespace evenkeel {

MakespanBound::MakespanBound(const Dataset& dataset, std::int64_t step_samples, std::int32_t epochs,
                             std::int32_t workers)
    : largest_steps_(largest_steps(dataset, step_samples, epochs, workers)),
      highest_speeds_(workers, 0),
      last_ends_(workers),
      starting_(workers) {}

void MakespanBound::add(WorkerIndex worker, const Report& report, const WorkerLoad& load) {
  Instant& last_end = last_ends_[worker];
  double& highest = highest_speeds_[worker];
  const double busy_s = to_seconds(report.busy);
  if (last_end == Instant()) {
    last_end = std::max(Instant(), report.last_end - report.busy);
    starting_[worker] = last_end - Instant();
  }
  if (busy_s > 0) {
    const double speed = report.cost / busy_s;
    // While it did not work, it could have worked at its usual speed; this report's may be far off.
    const double usual = load.model.measured() ? load.rate : speed;
    const double span_s = std::max(busy_s, to_seconds(report.last_end - last_end));
    capacity_.add(last_end, report.last_end, (report.cost + (span_s - busy_s) * usual) / span_s);
    highest = std::max(highest, speed);
  }
  // In a larger step, its overhead weighs less.
  if (load.model.measured()) highest = std::max(highest, load.model.rate(largest_steps_.front()));
  last_end = std::max(last_end, report.last_end);
}

double MakespanBound::time_s(double cost_done, Instant end, bool all_steps,
                             const Attendance& attendance, const Cluster& cluster) const {
  // A worker that waits at the end could have worked at the speed it had.
  CapacityTimeline capacity = capacity_;
  for (const WorkerIndex worker : last_ends_.indices()) {
    if (is_lost(attendance.of(worker))) continue;
    capacity.add(last_ends_[worker], end, cluster.worker(worker).rate);
  }
  const double time_s = capacity.time_of_s(cost_done);
  if (!all_steps) return time_s;
  return std::max(time_s, time_of_largest_steps_s(
                              largest_steps_, {highest_speeds_.begin(), highest_speeds_.end()}));
}

}  // namespace evenkeel

#include "coordinator/step_tally.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr double least_local_s = 1e-9;  // a clock that did not move

}  // namespace

bool StepTally::add(WorkerIndex worker, const StepTimes& times) {
  const std::int64_t step = reported_[worker]++;
  const auto place = static_cast<std::size_t>(step - done_);
  if (place >= open_.size()) open_.resize(place + 1);
  OpenStep& open = open_[place];
  const auto local_s = static_cast<double>(times.local_s);
  const auto reduce_s = static_cast<double>(times.reduce_s);
  const auto cost = static_cast<double>(times.cost);
  if (open.reports == 0 || reduce_s < open.least_reduce_s) {
    open.least_reduce_s = reduce_s;
    open.last_worker = worker;
  }
  if (local_s > open.longest_local_s) {
    open.longest_local_s = local_s;
    open.slowest_worker = worker;
  }
  const auto paused_s = static_cast<double>(times.paused_s);
  open.last_ready_s = std::max(open.last_ready_s, local_s + paused_s);
  if (paused_s > 0) open.pauses.emplace_back(worker, paused_s);
  open.local_s += local_s;
  open.cost += cost;
  if (cost > 0) open.rate += cost / std::max(least_local_s, local_s);
  open.total_s += local_s + reduce_s;
  open.is_told = open.is_told && times.local_told;
  ++open.reports;
  if (open.reports < reported_.size()) return false;
  close(open);
  open_.pop_front();
  ++done_;
  return true;
}

// Workers report their steps in order, so steps are done in order.
void StepTally::close(const OpenStep& step) {
  const auto workers = static_cast<double>(reported_.size());
  last_told_ = step.is_told;
  last_step_s_ = step.total_s / workers;
  if (!step.is_told) {
    ++untold_;
    return;
  }
  comm_s_ += step.least_reduce_s;
  longest_local_s_ += step.longest_local_s;
  mean_local_s_ += step.local_s / workers;
  last_ideal_local_s_ = step.rate > 0 ? step.cost / step.rate : 0;
  ideal_local_s_ += last_ideal_local_s_;
  const WorkerIndex last = step.pauses.empty() ? step.last_worker : step.slowest_worker;
  ++times_last_[last];
  last_step_s_ -= book_pauses(step) / workers;
  last_comm_s_ = step.least_reduce_s;
}

// Returns how long all workers together waited in the all-reduce for those that paused: whoever
// paused itself waited for the others' pauses only.
double StepTally::book_pauses(const OpenStep& step) {
  const double delay_s = step.last_ready_s - step.longest_local_s;
  double waits_s = delay_s * static_cast<double>(reported_.size());
  pause_delay_s_ += delay_s;
  for (const auto& [worker, paused_s] : step.pauses) {
    const double own_s = std::min(delay_s, paused_s);
    own_pauses_s_[worker] += own_s;
    waits_s -= own_s;
  }
  return waits_s;
}

}  // namespace evenkeel

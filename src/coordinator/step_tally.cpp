#include "coordinator/step_tally.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr double least_local_s = 1e-9;  // a clock that did not move

}  // namespace

bool StepTally::add(std::int32_t worker, const StepTimes& times) {
  const std::int64_t step = reported_[static_cast<std::size_t>(worker)]++;
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
  open.longest_local_s = std::max(open.longest_local_s, local_s);
  open.local_s += local_s;
  open.cost += cost;
  if (cost > 0) open.rate += cost / std::max(least_local_s, local_s);
  open.total_s += local_s + reduce_s;
  ++open.reports;
  if (open.reports < static_cast<std::int32_t>(reported_.size())) return false;
  close(open);
  open_.pop_front();
  ++done_;
  return true;
}

// Workers report their steps in order, so steps are done in order.
void StepTally::close(const OpenStep& step) {
  const auto workers = static_cast<double>(reported_.size());
  comm_s_ += step.least_reduce_s;
  longest_local_s_ += step.longest_local_s;
  mean_local_s_ += step.local_s / workers;
  last_ideal_local_s_ = step.rate > 0 ? step.cost / step.rate : 0;
  ideal_local_s_ += last_ideal_local_s_;
  ++times_last_[static_cast<std::size_t>(step.last_worker)];
  last_step_s_ = step.total_s / workers;
  last_comm_s_ = step.least_reduce_s;
}

}  // namespace evenkeel

#include "balance/trials.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr double most_spent = 0.01;

}  // namespace

void Trials::divided_before(std::int64_t step, const PerWorker<std::int64_t>& counts) {
  for (const WorkerIndex i : counts.indices()) {
    if (counts[i] > 0) workers_[i] = {step};
  }
}

std::optional<WorkerIndex> Trials::next(std::int64_t step, const PerWorker<std::int64_t>& counts) {
  std::optional<WorkerIndex> longest;
  for (const WorkerIndex i : counts.indices()) {
    const Worker& worker = workers_[i];
    if (counts[i] > 0 || worker.stands_in || step - worker.measured_at < worker.wait_steps)
      continue;
    if (worker.wait_steps > 0 && spent_s_ > most_spent * elapsed_s_) continue;
    if (!longest || worker.measured_at < workers_[*longest].measured_at) longest = i;
  }
  if (tried_ || !longest) return std::nullopt;
  tried_ = longest;
  end_ = step + 1;
  workers_[*tried_] = {step, std::max(first_wait_steps, 2 * workers_[*tried_].wait_steps)};
  return tried_;
}

void Trials::report(WorkerIndex worker, bool promises) {
  if (tried_ == worker && promises) workers_[worker].wait_steps = 0;
}

void Trials::step_done(std::int64_t step, double step_s, double usual_s) {
  elapsed_s_ += step_s;
  if (!tried_ || step < end_ - 1) return;
  spent_s_ += std::max(0.0, step_s - usual_s);
  tried_.reset();
}

}  // namespace evenkeel

// Step mode: when a worker that is left out is tried.
#pragma once

#include <cstdint>
#include <optional>

#include "core/per_worker.h"

namespace evenkeel {

// A worker that takes no part of a batch is not measured, and nobody would know that it has become
// faster. So it is tried now and then in a single step: a few steps after it was left out, and then
// after twice as many each time. What trials have cost the job delays the next one: but for the
// first, it is a small share of the job's time so far. Nothing is foreseen of a trial: the last
// that is known of a worker may have been a stall. Whoever computes with a stand-in that tells
// enough is measured by that, and not tried.
class Trials {
 public:
  explicit Trials(std::int32_t workers, std::int64_t first_step = 0)
      : workers_(workers, Worker{first_step}) {}

  // The steps before this one are divided so: workers with a part are measured.
  void divided_before(std::int64_t step, const PerWorker<std::int64_t>& counts);

  // The worker, which has no part, has done a stand-in that tells what it could do.
  void stood_in(WorkerIndex worker) { workers_[worker].stands_in = true; }

  // Who is tried in the step, of those without a part; one at a time, who has waited for longest.
  // Asked before each plan that begins with `step`; it then covers that step alone.
  std::optional<WorkerIndex> next(std::int64_t step, const PerWorker<std::int64_t>& counts);

  // The worker did a trial step, and was it so much faster than it was taken for that it might be
  // well again? Then it is tried again at once, until that is believed.
  void report(WorkerIndex worker, bool promises);

  // The next step is done, and took so long; without a trial it is expected to take `usual_s`.
  void step_done(std::int64_t step, double step_s, double usual_s);

  // Who is tried in the step that next() was asked about last.
  std::optional<WorkerIndex> tried(std::int64_t step) const {
    return step == end_ - 1 ? tried_ : std::nullopt;
  }

  // The end of the last step in which a worker is tried.
  std::int64_t end() const { return end_; }

 private:
  static constexpr std::int64_t first_wait_steps = 16;

  struct Worker {
    std::int64_t measured_at = 0;  // its last step with a part, or nearly
    std::int64_t wait_steps = first_wait_steps;
    bool stands_in = false;
  };

  PerWorker<Worker> workers_;
  std::optional<WorkerIndex> tried_;  // in the step before end_, which is not done yet
  std::int64_t end_ = 0;
  double elapsed_s_ = 0;
  double spent_s_ = 0;  // of these
};

}  // namespace evenkeel

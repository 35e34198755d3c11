// What the coordinator knows of a job and of each worker: the figures behind the balance report.
#pragma once

#include <cstdint>

#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

enum class WorkerState : std::uint8_t {
  working,      // holds leases, or waits for one
  lost,         // silent past its deadline, and not heard from since
  left,         // has said that it does no more, or has died
  finished,     // has answered Finish
  interrupted,  // whatever has interrupted the job has ended it too
  absent,       // has never come, and was not waited for
};

// The job goes on, or has ended, without it.
constexpr bool is_lost(WorkerState state) {
  return state == WorkerState::lost || state == WorkerState::left;
}

struct WorkerRecord {
  WorkerState state = WorkerState::working;
  std::int64_t samples = 0;
  double cost = 0;  // true cost of these samples
  std::int64_t steps = 0;
  std::int64_t leases = 0;
  std::int64_t trims = 0;
  std::int64_t failed_steps = 0;
  Duration busy{};                    // local work, as far as it could be told from waiting
  Duration data{};                    // of that, loading, as far as the trainer tells
  Duration comm{};                    // in the all-reduce itself
  Duration paused{};                  // evaluation, saving
  Duration starting{};                // until its first step began
  Duration waited_for_coordinator{};  // for leases or plans
  Duration waited_for_others{};       // for slower workers: at the end, or in the all-reduce
  Duration undivided{};               // work, waiting and all-reduce that nobody could tell apart
  std::int64_t untold_steps = 0;      // in which it did not say where its local work ended
  std::int64_t times_last = 0;        // steps in which the others waited for this worker
  std::int64_t step_samples = 0;      // that it now takes of a global batch
  Instant last_end{};                 // when its last step was done
  double speed = 0;        // cost units per second at the step size used; 0 if never measured
  double speed_noise = 0;  // standard deviation of a step's time / its mean
};

// How much a worker had done by a moment: what it costs in time, its speed over time tells.
struct WorkerProgress {
  Rank rank;
  Instant last_end{};  // of the last of its steps
  std::int64_t steps = 0;
  double cost = 0;
  Duration busy{};  // local work
};

struct JobRecord {
  std::int64_t samples = 0;         // of all epochs together
  std::int64_t samples_done = 0;    // once each
  std::int64_t samples_before = 0;  // done by earlier jobs of the run, and no part of the others
  double cost = 0;
  double cost_done = 0;
  std::int64_t messages = 0;  // both directions
  std::int64_t leases = 0;
  std::int64_t trims = 0;
  std::int64_t steps = 0;
  std::int64_t redone_samples = 0;  // that workers had probably begun which were lost for good
  std::int64_t wasted_samples = 0;  // done on leases that had been taken back, or first by others
  std::int64_t failed_steps = 0;
  std::int64_t set_aside_samples = 0;  // of steps that failed too often: they are not done
  Instant last_end{};                  // the makespan, once finished
  double bound_s = 0;                  // T* of the speeds measured; all done: of whole steps
};

// Step mode: how long steps take, in seconds, all-reduce included; 0 where nothing is known.
struct StepRecord {
  std::int64_t plans = 0;
  std::int64_t dropped_samples = 0;  // of partial batches
  double median_s = 0;               // of the last few hundred steps
  double p95_s = 0;
  double bound_s = 0;           // of the best division at the present speeds
  double equal_s = 0;           // of an equal division
  bool equal_measured = false;  // in the steps [equal_begin, equal_end); else modelled from speeds
  std::int64_t equal_begin = 0;
  std::int64_t equal_end = 0;
  double imbalance = 0;  // Σ over steps of (longest − mean local work) / Σ mean

  // Steps done in which some worker did not say where its local work ended, so that nobody can tell
  // waiting from work. Bound, imbalance and a modelled equal split are of the others, and 0 if
  // there are no others.
  std::int64_t untold_steps = 0;
};

}  // namespace evenkeel

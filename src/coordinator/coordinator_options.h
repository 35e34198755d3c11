// What a coordinator is told of its job, in either mode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "balance/policy_options.h"
#include "balance/step_mode_options.h"
#include "coordinator/free_pool.h"
#include "coordinator/homes.h"
#include "core/batch_line.h"
#include "core/done_work.h"
#include "core/option_values.h"
#include "core/per_worker.h"
#include "core/time.h"
#include "core/types.h"
#include "dataset/epoch_order.h"
#include "evenkeel/error.h"

namespace evenkeel {

struct CoordinatorOptions {
  Rank first_worker{1};  // workers are ranks first_worker … first_worker + workers − 1
  std::int32_t workers = 1;
  std::int32_t epochs = 1;
  EpochOverlap overlap = EpochOverlap::allowed;
  DealOrder deal = DealOrder::fixed;  // of use to the adaptive policy
  Homes homes;  // where the order is free, workers do first what is on their own hosts
  std::vector<std::string> hosts;  // of the workers; empty: not known
  bool idempotent = false;  // late steps may be copied to idle workers, if the policy is adaptive
  std::int32_t start_with = 0;  // lease mode: workers that begin the job; 0: all are there already
  std::int64_t step_samples = 32;
  OrderOptions order;
  std::int64_t shard_samples = 1024;  // as the dataset was cut, on which the order depends
  PolicyOptions policy;
  PredictorKind predictor = usual_predictor;
  std::int32_t warmup_steps = 1;
  Duration report_interval = std::chrono::milliseconds(100);
  std::optional<Duration> lease_deadline;  // overrides the deadline learned from step times
  std::optional<StepModeOptions> step;     // step mode; none: lease mode

  // A run may have several incarnations, one job after the other: ids of leases begin here.
  LeaseId last_lease;              // none of this job has an id up to this one
  DoneWork done;                   // by earlier jobs; lease mode
  bool keeps_checkpoints = false;  // there is a ledger to record them in

  Mode mode() const { return step ? Mode::step : Mode::lease; }
  std::optional<BatchLine> line() const { return step ? std::optional(step->line) : std::nullopt; }
  StepDividerOptions step_divider() const {
    return {step.value(), workers, policy, predictor, warmup_steps};
  }
  Rank rank_of(WorkerIndex worker) const { return evenkeel::rank_of(worker, first_worker); }
};

// Clocks of hosts drift apart, but not so far: no worker can tell at `now` of anything later, or
// longer than this since the job's begin. Workers judge more strictly what their trainers say.
constexpr Instant latest(Instant now) { return now + std::chrono::minutes(10); }
constexpr Duration longest(Instant now) { return latest(now).time_since_epoch(); }

// A worker said something that no correct worker says.
class ProtocolError : public JobError {
 public:
  using JobError::JobError;
};

}  // namespace evenkeel

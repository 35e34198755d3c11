// Step mode: what is given of the division of global batches.
#pragma once

#include <cstdint>
#include <vector>

#include "balance/policy_options.h"
#include "balance/step_division.h"
#include "core/batch_line.h"

namespace evenkeel {

struct StepModeOptions {
  BatchLine line;
  std::int64_t least = 1;  // micro-batches that each worker takes of a global batch
  std::int64_t most = 1;
  bool by_cost = false;  // divide samples by their costs; micro-batches are single samples
  bool baseline = true;  // the first steps are divided equally, to be measured
  std::vector<PlanRecord> replay;  // the plans to follow, from step 0 to the last; empty: none
};

struct StepDividerOptions {
  StepModeOptions step;
  std::int32_t workers = 1;
  PolicyOptions policy;
  PredictorKind predictor = usual_predictor;
  std::int32_t warmup_steps = 1;
};

}  // namespace evenkeel

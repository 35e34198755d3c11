// Which policy a job uses, and its parameters.
#pragma once

#include <cstdint>

#include "core/per_worker.h"
#include "evenkeel/options.h"

namespace evenkeel {

// How step mode sizes the parts of a global batch.
enum class StepRule : std::uint8_t {
  none,          // the policy is for lease mode only
  equal,         // equal parts
  by_weight,     // by the user's weights
  by_mean_rate,  // in proportion to a moving average of the measured rates
  by_model,      // the best for the measured rates and overheads; changed when that pays
};

constexpr bool follows_measured_speed(StepRule rule) {
  return rule == StepRule::by_mean_rate || rule == StepRule::by_model;
}

struct PolicyOptions {
  PolicyKind kind = PolicyKind::adaptive;
  PerWorker<double> weights;  // > 0; empty: all 1
  std::uint64_t seed = 0;     // `random` only
};

}  // namespace evenkeel

// Which policy a job uses, and what that goes by.
#pragma once

#include <cstdint>

#include "core/per_worker.h"
#include "evenkeel/options.h"

namespace evenkeel {

struct PolicyOptions {
  PolicyKind kind = PolicyKind::adaptive;
  PerWorker<double> weights;  // > 0; empty: all 1
  std::uint64_t seed = 0;     // `random` only
};

// Whether it goes by the weights that the user gives.
constexpr bool uses_weights(PolicyKind kind) {
  return kind == PolicyKind::weighted || kind == PolicyKind::wf;
}

}  // namespace evenkeel

// Which policy a job uses, and what that goes by.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/options.h"

namespace evenkeel {

struct PolicyOptions {
  PolicyKind kind = PolicyKind::adaptive;
  std::vector<double> weights;  // one a worker, > 0; empty: all 1
  std::uint64_t seed = 0;       // `random` only
};

// Whether it goes by the weights that the user gives.
constexpr bool uses_weights(PolicyKind kind) {
  return kind == PolicyKind::weighted || kind == PolicyKind::wf;
}

}  // namespace evenkeel

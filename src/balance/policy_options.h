// Which policy a job uses, as users name it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace evenkeel {

enum class PolicyKind : std::uint8_t {
  adaptive,
  static_split,
  self,
  random,
  round_robin,
  weighted,
  performance,
  load,
  observe,
  gss,
  tss,
  fac2,
  wf,
  awf_b,
  awf_c,
  af,
};

struct PolicyOptions {
  PolicyKind kind = PolicyKind::adaptive;
  std::vector<double> weights;  // one a worker, > 0; empty: all 1
  std::uint64_t seed = 0;       // `random` only
};

// All kinds, in the order in which they are listed to users.
std::span<const PolicyKind> all_policies();

// The name on the command line, e.g. "round-robin"; and back, none if there is no such policy.
std::string_view policy_name(PolicyKind kind);
std::optional<PolicyKind> policy_named(std::string_view name);

// Whether it goes by the weights that the user gives.
constexpr bool uses_weights(PolicyKind kind) {
  return kind == PolicyKind::weighted || kind == PolicyKind::wf;
}

}  // namespace evenkeel

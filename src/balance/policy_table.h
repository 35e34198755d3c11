// The table of policies: name, behaviour in each mode, and factory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "balance/policy_options.h"
#include "core/option_values.h"

namespace evenkeel {

class Cluster;
class Policy;

// What a policy makes of speeds that are known before the job.
enum class WeightUse : std::uint8_t {
  none,   // it ignores them
  prior,  // it believes them until it has measured
  rule,   // it follows them all along
};

struct PolicyEntry {
  PolicyKind kind;
  std::string_view name;
  StepRule step_rule;
  WeightUse weights;
  std::unique_ptr<Policy> (*make)(const PolicyOptions& options, const Cluster& cluster);
};

// In the order of the help text.
std::span<const PolicyEntry> policy_table();

const PolicyEntry& entry_of(PolicyKind kind);

std::vector<PolicyKind> policies_of(Mode mode);

// In lease mode.
std::unique_ptr<Policy> make_policy(const PolicyOptions& options, const Cluster& cluster);

template <>
std::span<const PolicyKind> all_values();
template <>
std::span<const std::string_view> value_names<PolicyKind>();

}  // namespace evenkeel

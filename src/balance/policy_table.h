// Every policy, in one table: its name, what it does in either mode, and how it is made.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "balance/policy_options.h"
#include "core/option_values.h"

namespace evenkeel {

class Cluster;
class Policy;

struct PolicyEntry {
  PolicyKind kind;
  std::string_view name;
  StepRule step_rule;
  bool uses_weights;  // that the user gives
  std::unique_ptr<Policy> (*make)(const PolicyOptions& options, const Cluster& cluster);
};

// In the order in which they are listed to users.
std::span<const PolicyEntry> policy_table();

const PolicyEntry& entry_of(PolicyKind kind);

// Those that a job of this mode may have.
std::vector<PolicyKind> policies_of(Mode mode);

// In lease mode.
std::unique_ptr<Policy> make_policy(const PolicyOptions& options, const Cluster& cluster);

template <>
std::span<const PolicyKind> all_values();
template <>
std::span<const std::string_view> value_names<PolicyKind>();

}  // namespace evenkeel

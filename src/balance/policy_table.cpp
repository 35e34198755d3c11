#include "balance/policy_table.h"

#include <algorithm>
#include <array>

#include "balance/adaptive_factoring.h"
#include "balance/adaptive_policy.h"
#include "balance/chunk_sequences.h"
#include "balance/pull_policies.h"
#include "balance/push_policy.h"
#include "core/check.h"

namespace evenkeel {
namespace {

template <typename Made>
std::unique_ptr<Policy> make(const PolicyOptions& /*options*/, const Cluster& cluster) {
  return std::make_unique<Made>(cluster);
}

template <typename Made, typename... Arguments>
std::unique_ptr<Policy> push(const Cluster& cluster, Arguments... arguments) {
  return std::make_unique<PushPolicy>(std::make_unique<Made>(cluster.workers(), arguments...),
                                      cluster);
}

template <LeastSelector::Figure figure>
std::unique_ptr<Policy> push_to_least(const PolicyOptions& /*options*/, const Cluster& cluster) {
  return push<LeastSelector>(cluster, figure);
}

std::unique_ptr<Policy> push_at_random(const PolicyOptions& options, const Cluster& cluster) {
  return push<RandomSelector>(cluster, options.seed);
}

std::unique_ptr<Policy> push_in_a_circle(const PolicyOptions& /*options*/, const Cluster& cluster) {
  return push<RoundRobinSelector>(cluster);
}

using enum LeastSelector::Figure;
using enum StepRule;
constexpr WeightUse weighted = WeightUse::rule;
constexpr WeightUse unweighted = WeightUse::none;

constexpr auto table = std::to_array<PolicyEntry>({
    {PolicyKind::adaptive, "adaptive", by_model, WeightUse::prior, make<AdaptivePolicy>},
    {PolicyKind::load, "load", none, unweighted, push_to_least<outstanding_time>},
    {PolicyKind::performance, "performance", by_mean_rate, unweighted,
     push_to_least<assigned_by_rate>},
    {PolicyKind::weighted, "weighted", by_weight, weighted, push_to_least<assigned_by_weight>},
    {PolicyKind::round_robin, "round-robin", none, unweighted, push_in_a_circle},
    {PolicyKind::random, "random", none, unweighted, push_at_random},
    {PolicyKind::static_split, "static", equal, unweighted, make<StaticPolicy>},
    {PolicyKind::self, "self", none, unweighted, make<SelfPolicy>},
    {PolicyKind::gss, "gss", none, unweighted, make<GuidedPolicy>},
    {PolicyKind::tss, "tss", none, unweighted, make<TrapezoidPolicy>},
    {PolicyKind::fac2, "fac2", none, unweighted, make<FactoringPolicy>},
    {PolicyKind::wf, "wf", none, weighted, make<WeightedFactoringPolicy>},
    {PolicyKind::awf_b, "awf-b", none, unweighted, make<BatchAwfPolicy>},
    {PolicyKind::awf_c, "awf-c", none, unweighted, make<ChunkAwfPolicy>},
    {PolicyKind::af, "af", none, unweighted, make<AdaptiveFactoringPolicy>},
    {PolicyKind::observe, "observe", equal, unweighted, make<StaticPolicy>},
});

template <typename Value>
constexpr auto column(Value PolicyEntry::*member) {
  std::array<Value, table.size()> values{};
  for (std::size_t i = 0; i < table.size(); ++i) values[i] = table[i].*member;
  return values;
}

constexpr auto kinds = column(&PolicyEntry::kind);
constexpr auto names = column(&PolicyEntry::name);

}  // namespace

std::span<const PolicyEntry> policy_table() { return table; }

const PolicyEntry& entry_of(PolicyKind kind) {
  const auto* const found = std::ranges::find(table, kind, &PolicyEntry::kind);
  EVENKEEL_CHECK(found != table.end());
  return *found;
}

std::vector<PolicyKind> policies_of(Mode mode) {
  std::vector<PolicyKind> policies;
  for (const PolicyEntry& entry : table) {
    if (mode == Mode::lease || entry.step_rule != none) policies.push_back(entry.kind);
  }
  return policies;
}

std::unique_ptr<Policy> make_policy(const PolicyOptions& options, const Cluster& cluster) {
  return entry_of(options.kind).make(options, cluster);
}

template <>
std::span<const PolicyKind> all_values() {
  return kinds;
}

template <>
std::span<const std::string_view> value_names<PolicyKind>() {
  return names;
}

}  // namespace evenkeel

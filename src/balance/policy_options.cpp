#include "balance/policy_options.h"

#include <array>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr std::array<std::pair<PolicyKind, std::string_view>, 16> names{{
    {PolicyKind::adaptive, "adaptive"},
    {PolicyKind::load, "load"},
    {PolicyKind::performance, "performance"},
    {PolicyKind::weighted, "weighted"},
    {PolicyKind::round_robin, "round-robin"},
    {PolicyKind::random, "random"},
    {PolicyKind::static_split, "static"},
    {PolicyKind::self, "self"},
    {PolicyKind::gss, "gss"},
    {PolicyKind::tss, "tss"},
    {PolicyKind::fac2, "fac2"},
    {PolicyKind::wf, "wf"},
    {PolicyKind::awf_b, "awf-b"},
    {PolicyKind::awf_c, "awf-c"},
    {PolicyKind::af, "af"},
    {PolicyKind::observe, "observe"},
}};

constexpr std::array<PolicyKind, names.size()> kinds = [] {
  std::array<PolicyKind, names.size()> result{};
  for (std::size_t i = 0; i < names.size(); ++i) result[i] = names[i].first;
  return result;
}();

}  // namespace

std::span<const PolicyKind> all_policies() { return kinds; }

std::string_view policy_name(PolicyKind kind) {
  for (const auto& [known, name] : names) {
    if (known == kind) return name;
  }
  EVENKEEL_CHECK(false);
  return {};
}

std::optional<PolicyKind> policy_named(std::string_view name) {
  for (const auto& [kind, known] : names) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

}  // namespace evenkeel

#include "policy_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace evenkeel {
namespace {

constexpr double least_difference = 0.005;

// The two-sided 5 % point of Student's distribution: the expansion of Cornish and Fisher, within
// 0.3 % from four degrees of freedom on.
double student_quantile(double degrees) {
  constexpr double z = 1.959964;
  constexpr double z3 = z * z * z;
  constexpr double z5 = z3 * z * z;
  constexpr double z7 = z5 * z * z;
  return z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees * degrees * degrees);
}

bool is_complete(const PolicyRuns& policy) {
  return std::ranges::all_of(policy.reports, &BalanceReport::complete);
}

std::string list_json(const PolicyRuns& policy, double BalanceReport::*figure) {
  std::string list;
  for (const BalanceReport& report : policy.reports) {
    const double value = report.*figure;
    list += fmt::format("{}{}", list.empty() ? "" : ", ",
                        std::isfinite(value) ? fmt::format("{}", value) : "null");
  }
  return "[" + list + "]";
}

}  // namespace

PolicyComparison compare(const PolicyRuns& policy, const PolicyRuns& other) {
  if (!is_complete(policy) || !is_complete(other)) return {};
  const auto count = static_cast<double>(policy.reports.size());
  double sum = 0;
  std::vector<double> logarithms;
  for (std::size_t i = 0; i < policy.reports.size(); ++i) {
    logarithms.push_back(std::log(policy.reports[i].makespan_s / other.reports[i].makespan_s));
    sum += logarithms.back();
  }
  const double mean = sum / count;
  double squares = 0;
  for (const double logarithm : logarithms) squares += (logarithm - mean) * (logarithm - mean);
  const double error = std::sqrt(squares / (count - 1) / count);
  PolicyComparison comparison{std::exp(mean), Standing::like};
  if (std::abs(mean) >
      std::max(std::log1p(least_difference), error * student_quantile(count - 1))) {
    comparison.standing = mean > 0 ? Standing::worse : Standing::better;
  }
  return comparison;
}

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::unknown:
      break;
    case Standing::like:
      return "like";
    case Standing::better:
      return "better";
    case Standing::worse:
      return "worse";
  }
  return "unknown";
}

std::string comparison_json(std::span<const PolicyRuns> policies, const PolicyRuns& other,
                            std::uint64_t first_seed) {
  std::string rows;
  for (const PolicyRuns& policy : policies) {
    const PolicyComparison comparison = compare(policy, other);
    const bool is_known = comparison.standing != Standing::unknown;
    rows += fmt::format(
        "{}\n    {{\"policy\": \"{}\", \"complete\": {}, \"standing\": \"{}\", \"ratio\": {}, "
        "\"makespan_s\": {}, \"bound_s\": {}}}",
        rows.empty() ? "" : ",", policy.policy, is_complete(policy), name_of(comparison.standing),
        is_known ? fmt::format("{}", comparison.ratio) : "null",
        list_json(policy, &BalanceReport::makespan_s), list_json(policy, &BalanceReport::bound_s));
  }
  const BalanceReport& any = other.reports.front();
  return fmt::format(
      "{{\n  \"schema\": \"evenkeel.comparison/1\",\n  \"mode\": \"{}\",\n  \"vs\": \"{}\",\n"
      "  \"first_seed\": {},\n  \"runs\": {},\n  \"policies\": [{}\n  ]\n}}\n",
      any.description.mode, other.policy, first_seed, other.reports.size(), rows);
}

}  // namespace evenkeel

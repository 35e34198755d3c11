#include "policy_table.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "core/display_text.h"
#include "core/number_format.h"
#include "policy_comparison.h"
#include "report/text_table.h"

namespace evenkeel {
namespace {

using Figure = double (*)(const BalanceReport&);

double makespan_s(const BalanceReport& report) { return report.makespan_s; }
double ratio(const BalanceReport& report) { return report.ratio; }
double imbalance(const BalanceReport& report) { return report.imbalance; }
// Step mode: the longest of the workers' times in a step, over their mean.
double slowest_to_mean(const BalanceReport& report) { return 1 + report.imbalance; }
double step_s(const BalanceReport& report) { return report.step->median_s; }
double leases(const BalanceReport& report) { return static_cast<double>(report.job.leases); }
double trims(const BalanceReport& report) { return static_cast<double>(report.job.trims); }
double messages_per_worker_second(const BalanceReport& report) {
  return static_cast<double>(report.job.messages) /
         (static_cast<double>(report.ranks.size()) * report.makespan_s);
}

// Of the completed runs, ascending.
std::vector<double> sorted(const PolicyRuns& policy, Figure figure) {
  std::vector<double> values;
  for (const BalanceReport& report : policy.reports) {
    if (report.complete) values.push_back(figure(report));
  }
  std::sort(values.begin(), values.end());
  return values;
}

// NaN if no run was completed.
double median(const PolicyRuns& policy, Figure figure) {
  const std::vector<double> values = sorted(policy, figure);
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle]
                                : std::midpoint(values[middle - 1], values[middle]);
}

std::string ratio_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.3f}", value) : "-";
}

std::ptrdiff_t incomplete_runs(const PolicyRuns& policy) {
  return std::count_if(policy.reports.begin(), policy.reports.end(),
                       [](const BalanceReport& report) { return !report.complete; });
}

double merit_s(const PolicyRuns& policy) {
  return incomplete_runs(policy) > 0 ? std::numeric_limits<double>::infinity()
                                     : median(policy, makespan_s);
}

// How much longer it takes than the other: "+12.3%".
std::string difference_text(const PolicyRuns& policy, const PolicyRuns& other) {
  if (policy.policy == other.policy) return "";
  const PolicyComparison comparison = compare(policy, other);
  if (comparison.standing == Standing::unknown) return "-";
  return (comparison.ratio >= 1 ? "+" : "") + percent_text(comparison.ratio - 1, 1);
}

std::string standing_text(const PolicyRuns& policy, const PolicyRuns& other) {
  const Standing standing = compare(policy, other).standing;
  const bool is_notable = standing == Standing::better || standing == Standing::worse;
  return is_notable ? std::string(name_of(standing)) : "";
}

std::vector<std::string> row(const PolicyRuns& policy, const PolicyRuns* other) {
  const std::vector<double> ratios = sorted(policy, ratio);
  const bool has_worst = policy.reports.size() > 1 && !ratios.empty();
  const std::ptrdiff_t incomplete = incomplete_runs(policy);
  const bool in_steps = policy.reports.front().step.has_value();
  return {
      policy.policy,
      duration_text(median(policy, makespan_s)),
      ratio_text(median(policy, ratio)),
      has_worst ? ratio_text(ratios.back()) : "",
      in_steps ? "" : percent_text(median(policy, imbalance), 1),
      in_steps ? ratio_text(median(policy, slowest_to_mean)) : "",
      in_steps ? duration_text(median(policy, step_s)) : "",
      other == nullptr ? "" : difference_text(policy, *other),
      other == nullptr ? "" : standing_text(policy, *other),
      in_steps || other != nullptr ? "" : number_text(median(policy, leases)),
      in_steps || other != nullptr ? "" : number_text(median(policy, trims)),
      other != nullptr ? "" : number_text(median(policy, messages_per_worker_second)),
      incomplete == 0 ? ""
                      : fmt::format("{} of {} not complete", incomplete, policy.reports.size()),
  };
}

bool is_beyond_the_limit(const PolicyRuns& policy) {
  return std::ranges::any_of(policy.reports, [](const BalanceReport& report) {
    return report.complete && report.ratio > 0 && report.ratio < least_ratio;
  });
}

}  // namespace

void write_policy_table(std::vector<PolicyRuns> policies, const PolicyRuns* other,
                        std::ostream& out) {
  std::stable_sort(policies.begin(), policies.end(), [](const PolicyRuns& a, const PolicyRuns& b) {
    return merit_s(a) < merit_s(b);
  });

  const BalanceReport& any = policies.front().reports.front();
  fmt::print(out, "{}   {}   {}   runs {}   T* {}\n\n",
             clip_middle(printable(any.description.dataset_name), 40),
             counted(any.job.samples, "sample"),
             counted(static_cast<std::int64_t>(any.ranks.size()), "worker"),
             policies.front().reports.size(), duration_text(any.bound_s));

  constexpr auto left = TextTable::Align::left;
  TextTable table({{"policy", left},
                   {"makespan"},
                   {"makespan/T*"},
                   {"worst"},
                   {"imbalance"},
                   {"slowest/mean"},
                   {"step"},
                   {other == nullptr ? "" : "vs " + other->policy},
                   {"", left},
                   {"leases"},
                   {"trims"},
                   {"messages/worker/s"},
                   {"", left, TextTable::Fit::shrinks}});
  for (const PolicyRuns& policy : policies) table.add_row(row(policy, other));
  table.write(out);
  if (other != nullptr && policies.size() > 1) {
    fmt::print(out, "\nbetter, worse: by more than 0.5%, and significantly over the same seeds\n");
  }
  if (std::ranges::any_of(policies, is_beyond_the_limit)) {
    out << "\nT*: of the mean speeds; by chance, few steps that vary much take less\n";
  }
}

}  // namespace evenkeel

// How policies compare on the same simulated job.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "report/balance_report.h"

namespace evenkeel {

struct PolicyRuns {
  std::string policy;
  std::vector<BalanceReport> reports;  // one a run; at least one
};

// A line a policy, the least makespan first, those that left work undone last. Of several runs:
// medians over those that were completed, and the worst ratio. At least one policy.
void write_policy_table(std::vector<PolicyRuns> policies, std::ostream& out);

}  // namespace evenkeel

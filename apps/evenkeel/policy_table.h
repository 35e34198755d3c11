// Compares policies on the same simulated job.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "report/balance_report.h"

namespace evenkeel {

struct PolicyRuns {
  std::string policy;
  std::vector<BalanceReport> reports;  // one per run; at least one
};

// One line per policy, the least makespan first, incomplete ones last. Several runs give medians
// over the completed ones, and the worst ratio. `other`, if it is not null: says how all compare
// with that policy, in place of leases and messages. Precondition: at least one policy.
void write_policy_table(std::vector<PolicyRuns> policies, const PolicyRuns* other,
                        std::ostream& out);

}  // namespace evenkeel

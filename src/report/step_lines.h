// The lines for step mode in the report's table, above the workers.
#pragma once

#include <iosfwd>

#include "report/balance_report.h"

namespace evenkeel {

// Precondition of all: report.step.

// Samples and steps done, redone and dropped.
void write_step_counts(const BalanceReport& report, std::ostream& out);

// The time of a step now, at best, and under an equal split; where the time went.
void write_step_times(const BalanceReport& report, std::ostream& out);

}  // namespace evenkeel

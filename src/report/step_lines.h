// What the report's table says of step mode before it comes to the workers.
#pragma once

#include <iosfwd>

#include "report/balance_report.h"

namespace evenkeel {

// Precondition of all: report.step.

// How many samples and steps were done, redone and dropped.
void write_step_counts(const BalanceReport& report, std::ostream& out);

// How long a step takes now, at best, and under an equal split; where the time went.
void write_step_times(const BalanceReport& report, std::ostream& out);

}  // namespace evenkeel

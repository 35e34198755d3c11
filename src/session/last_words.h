// What rank 0 says on standard error when a job is over.
#pragma once

#include <string>

#include "core/time.h"
#include "report/balance_report.h"

namespace evenkeel {

class JobCoordinator;

// Why a job in step mode was given up.
std::string stalled_text(const JobCoordinator& coordinator, Instant now);

// How to go on with a run that is not complete.
std::string resume_text(const std::string& ledger);

// How much was set aside, and where it lies.
std::string set_aside_text(const BalanceReport& report);

// As a line of its own, at once.
void say(const std::string& text);

}  // namespace evenkeel

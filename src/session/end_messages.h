// Messages about a job on standard error, mostly from rank 0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "coordinator/outputs.h"
#include "core/time.h"
#include "report/balance_report.h"

namespace evenkeel {

class JobCoordinator;

// Lease mode: no worker can do any step.
std::string only_failures_text();

std::string stalled_text(const JobCoordinator& coordinator, Instant now);

// Which workers do not say where their local work ends, and the consequence. `remedy`: what their
// programs have to do before each all-reduce.
std::string untold_text(const UntoldWork& untold, std::size_t workers, std::string_view remedy);

std::string resume_text(const std::string& ledger);
std::string nothing_left_text(const std::string& ledger);

std::string set_aside_text(const BalanceReport& report);

// The prefix of a line on standard error: on a terminal, it clears a live progress line.
const char* begin_of_line();

// Prints a line at once.
void say(const std::string& text);

}  // namespace evenkeel

// What is said of a job on standard error, mostly by rank 0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "coordinator/outputs.h"
#include "core/time.h"
#include "report/balance_report.h"

namespace evenkeel {

class JobCoordinator;

// Why a job in step mode was given up.
std::string stalled_text(const JobCoordinator& coordinator, Instant now);

// Which of the workers do not say where their local work ends, and what follows. `remedy`: what
// their programs have to do before each all-reduce.
std::string untold_text(const UntoldWork& untold, std::size_t workers, std::string_view remedy);

// How to go on with a run that is not complete.
std::string resume_text(const std::string& ledger);

// How much was set aside, and where it lies.
std::string set_aside_text(const BalanceReport& report);

// What a line on standard error begins with: on a terminal, the end of a live progress line.
const char* begin_of_line();

// As a line of its own, at once.
void say(const std::string& text);

}  // namespace evenkeel

// A job's outcome in one line.
#pragma once

#include <string>
#include <vector>

#include "report/balance_report.h"

namespace evenkeel {

// "rank 3", "ranks 3, 7-9 and 12 more": ascending ranks, the first of them if there are many.
std::string ranks_text(const std::vector<Rank>& ranks);

std::string lost_text(const std::vector<RankReport>& ranks);

// What a job that is not complete lacks: "NOT COMPLETE: 40 samples undone", "lost: ranks 1-3".
std::vector<std::string> shortfall(const BalanceReport& report);

// "COMPLETE", "COMPLETE   lost: rank 2", "NOT COMPLETE: 40 samples undone   lost: ranks 1-3" or
// "NOT COMPLETE: 40 samples undone   interrupted".
std::string verdict(const BalanceReport& report);

}  // namespace evenkeel

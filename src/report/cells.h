// Cells of the report's tables of workers and nodes.
#pragma once

#include <cstdint>
#include <string>

#include "report/balance_report.h"
#include "report/cost_scale.h"

namespace evenkeel {

bool is_measured(double speed);

// "-" if it is not measured, or not known.
std::string speed_cell(double speed, const CostScale& scale);
std::string noisy_speed_cell(const RankReport& rank, const CostScale& scale);
std::string known_cell(bool is_known, std::string cell);

// A share of the makespan.
std::string time_cell(double part_s, double makespan_s);

}  // namespace evenkeel

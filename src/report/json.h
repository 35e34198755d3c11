// The report's objects in JSON, with the member names of evenkeel.report/1 (DESIGN §7).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/balance_report.h"

namespace evenkeel {

// One of "ranks": a flat object, also a row of the CSV.
nlohmann::ordered_json rank_json(const RankReport& rank, const BalanceReport& report);

// Compact JSON text of a value: doubles round-trip, non-finite ones are null, malformed UTF-8 is
// replaced.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace evenkeel

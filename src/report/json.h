// The report's objects in JSON, as evenkeel.report/1 names their members (DESIGN §7).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/balance_report.h"

namespace evenkeel {

// One of "ranks": a flat object, which is a row of the CSV as well.
nlohmann::ordered_json rank_json(const RankReport& rank, const BalanceReport& report);

// Compact JSON text of a value: doubles round-trip, non-finite ones are null, malformed UTF-8 is
// replaced.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace evenkeel

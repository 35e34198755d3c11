// What records are called where people and programs read them: reports, logs, ledgers.
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/outputs.h"
#include "coordinator/records.h"

namespace evenkeel {

std::string_view event_name(EventKind kind);
std::optional<EventKind> event_named(std::string_view name);

std::string_view state_name(WorkerState state);
std::optional<WorkerState> state_named(std::string_view name);

}  // namespace evenkeel

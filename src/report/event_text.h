// Events in words.
#pragma once

#include <string>
#include <string_view>

#include "core/protocol.h"

namespace evenkeel {

// "slower", "faster", "lost", "fenced".
std::string_view event_name(EventKind kind);

// What happened, without the rank: "125 -> 62 samples/s", "512 samples taken back",
// "96 samples wasted"; in step mode "125 -> 62 samples/s; re-planned in 14 steps; cost 3.00 s".
std::string event_detail(const Event& event, const std::string& cost_unit);

// With the rank: "rank 6: 125 -> 62 samples/s", "rank 3 lost: 512 samples taken back",
// "rank 3 came back: 96 samples wasted".
std::string event_sentence(const Event& event, const std::string& cost_unit);

}  // namespace evenkeel

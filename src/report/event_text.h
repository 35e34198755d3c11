// Events in words.
#pragma once

#include <string>

#include "coordinator/outputs.h"

namespace evenkeel {

// What happened, without the rank: "125 -> 62 samples/s", "512 samples taken back",
// "96 samples wasted", "'best' is complete"; in step mode "125 -> 62 samples/s; re-planned in 14
// steps; cost 3.00 s", "125 -> 62 samples/s in the baseline steps; cost 3.00 s", "'best' at step
// 120".
std::string event_detail(const Event& event, const std::string& cost_unit);

// With the rank: "rank 6: 125 -> 62 samples/s", "rank 3 lost: 512 samples taken back",
// "rank 3 came back: 96 samples wasted", "checkpoint 'best' at step 120".
std::string event_sentence(const Event& event, const std::string& cost_unit);

}  // namespace evenkeel

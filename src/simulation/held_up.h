// What did not reach a coordinator or a worker in time.
#pragma once

#include <cstdint>

namespace evenkeel {

// Messages that came later than the latency, or not at all.
struct HeldUp {
  std::int64_t by_standstills = 0;  // of the coordinator; its wakes too
  std::int64_t to_coordinator = 0;  // by a cut
  std::int64_t to_ranks = 0;
  std::int64_t for_ever = 0;
};

}  // namespace evenkeel

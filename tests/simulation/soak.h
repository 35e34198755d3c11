// How long tests of random jobs take: as long as a test may, or as long as somebody wants.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace evenkeel {

// EVENKEEL_SOAK times the usual number of jobs, with other seeds than the usual ones if it is more
// than 1 (scripts/soak).
struct Soak {
  std::uint64_t factor = 1;

  Soak() {
    const char* const given = std::getenv("EVENKEEL_SOAK");
    if (given != nullptr) factor = std::stoull(given);
  }

  std::uint64_t jobs(std::uint64_t usual) const { return usual * factor; }
  std::uint64_t first(std::uint64_t usual) const { return factor > 1 ? usual : 0; }
};

}  // namespace evenkeel

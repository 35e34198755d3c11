// What a benchmark program has allocated so far: linking this replaces operator new and delete.
#pragma once

#include <cstdint>

namespace evenkeel {

// Single-threaded.
extern std::int64_t allocations;   // how often
extern std::int64_t bytes_in_use;  // allocated and not freed yet, as malloc rounds it

}  // namespace evenkeel

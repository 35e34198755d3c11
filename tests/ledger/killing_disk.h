// A disk that kills the process in one of its writes.
#pragma once

#include <cstdint>

namespace evenkeel {

// From now on SQLite writes through it: in the `number`th write, sync, truncation or removal, from
// 1, the process is killed: every other time half-way through. 0: never. Once in a process.
void kill_in_write(std::int64_t number);

// How many there have been.
std::int64_t writes_so_far();

}  // namespace evenkeel

// Where the workers meet: sums over all of them.
#pragma once

#include <span>

#include "evenkeel/session.h"

namespace evenkeel::digits {

// Collective: replaces the numbers by their sums over all workers, the same on every one. With
// `napping`, waiting leaves the core to others, and costs some tenths of a millisecond.
void all_reduce(std::span<double> numbers, MPI_Comm workers, bool napping);

}  // namespace evenkeel::digits

// Sums over all workers.
#pragma once

#include <span>

#include "evenkeel/session.h"

namespace evenkeel::digits {

// Collective: replaces the numbers by their sums over all workers. With `napping`, waiting leaves
// the core to others, and takes some tenths of a millisecond longer.
void all_reduce(std::span<double> numbers, MPI_Comm workers, bool napping);

}  // namespace evenkeel::digits

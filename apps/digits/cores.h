// How many workers share how many cores.
#pragma once

#include "evenkeel/session.h"

namespace evenkeel::digits {

// Collective over the workers; the same answer for all: whether on any host there are more of them
// than cores that they may run on.
bool more_workers_than_cores(MPI_Comm workers);

}  // namespace evenkeel::digits

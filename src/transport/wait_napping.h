// Waiting for a slow rank on a node shared with it.
#pragma once

#include <mpi.h>

#include <chrono>

namespace evenkeel {

// As MPI_Wait, but naps instead of spinning.
void wait_napping(MPI_Request& request,
                  std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(20));

}  // namespace evenkeel

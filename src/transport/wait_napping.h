// Waiting for a rank that may take long, on a node shared with it.
#pragma once

#include <mpi.h>

#include <chrono>

namespace evenkeel {

// As MPI_Wait, which spins; this leaves the processor to others.
void wait_napping(MPI_Request& request,
                  std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(20));

}  // namespace evenkeel

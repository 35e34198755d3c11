// What the workers of one host share.
#pragma once

#include <chrono>

#include "evenkeel/session.h"

namespace evenkeel::digits {

// Collective over the workers: whether any host has more workers than cores that they may use. All
// workers get the same answer.
bool more_workers_than_cores(MPI_Comm workers);

// Collective over the workers: the minimum over the workers of this host.
std::chrono::duration<double> least_on_host(std::chrono::duration<double> own, MPI_Comm workers);

}  // namespace evenkeel::digits

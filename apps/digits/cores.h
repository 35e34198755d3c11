// What the workers of one host share.
#pragma once

#include <chrono>

#include "evenkeel/session.h"

namespace evenkeel::digits {

// Collective over the workers; the same answer for all: whether on any host there are more of them
// than cores that they may run on.
bool more_workers_than_cores(MPI_Comm workers);

// Collective over the workers: the least that any worker of this host has.
std::chrono::duration<double> least_on_host(std::chrono::duration<double> own, MPI_Comm workers);

}  // namespace evenkeel::digits

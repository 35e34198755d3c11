// What a trainer inherits of its rank.
#pragma once

#include <string>
#include <vector>

#include "agent/trainer_place.h"

namespace evenkeel {

// `own` ("NAME=value" each) without the variables by which MPI knows its ranks, with which an
// MPI_Init of the trainer's own would fail, and with where it stands: RANK, WORLD_SIZE, LOCAL_RANK,
// LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT; and USE_LIBUV=0 unless the user has said
// otherwise: PyTorch wants libuv for its store by default, without which Debian 13 builds it.
std::vector<std::string> trainer_environment(const std::vector<std::string>& own,
                                             const TrainerPlace& place);

// This process's environment.
std::vector<std::string> own_environment();

// Open MPI binds a rank to a core or two, and with it what it starts: lets this process run
// wherever the one that launched it may. Bindings by others stay.
void widen_cpu_binding();

}  // namespace evenkeel

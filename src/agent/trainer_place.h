// Each trainer's place among the others, and the environment variables that describe it.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/descriptor.h"
#include "core/types.h"

namespace evenkeel {

// In PyTorch's terms: ranks count trainers from 0; `local` is within this machine.
struct TrainerPlace {
  std::int32_t rank = 0;
  std::int32_t world_size = 1;
  std::int32_t local_rank = 0;
  std::int32_t local_world_size = 1;
  std::string master_address;  // of trainer 0, with a port there
  std::string master_port;
  Descriptor held_port{};  // on the rank of trainer 0: keeps the port for it, while this lives
};

// Collective over `comm`, whose ranks from `first_worker` on have a trainer. MASTER_ADDR and
// MASTER_PORT in the environment of trainer 0's rank take precedence. `rank` is negative on a rank
// without a trainer.
TrainerPlace place_trainer(MPI_Comm comm, Rank first_worker);

// Returns `own` ("NAME=value" each, and a null) without MPI's variables, which would make the
// trainer's own MPI_Init fail. Adds RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and
// MASTER_PORT, and USE_LIBUV=0 unless the user has set it: PyTorch's store uses libuv by default,
// but Debian 13 builds PyTorch without it.
std::vector<std::string> trainer_environment(const char* const* own, const TrainerPlace& place);

// Undoes the binding of a rank to one or two cores by Open MPI, which child processes inherit: lets
// this process run wherever its launcher may. Other bindings stay.
void widen_cpu_binding();

}  // namespace evenkeel

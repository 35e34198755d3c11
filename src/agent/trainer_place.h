// Where each trainer of a job stands among the others, and what its environment tells it of that.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/types.h"

namespace evenkeel {

// In PyTorch's terms: ranks count trainers, from 0, and `local` is of this machine.
struct TrainerPlace {
  std::int32_t rank = 0;
  std::int32_t world_size = 1;
  std::int32_t local_rank = 0;
  std::int32_t local_world_size = 1;
  std::string master_address;  // where trainer 0 can be reached, and a port that is free there
  std::string master_port;
};

// Collective over `comm`, whose ranks from `first_worker` on have a trainer. MASTER_ADDR and
// MASTER_PORT in the environment of trainer 0's rank come before what would be found. On a rank
// without a trainer, `rank` is negative.
TrainerPlace place_trainer(MPI_Comm comm, Rank first_worker);

// `own` ("NAME=value" each, and a null) without the variables by which MPI knows its ranks, with
// which an MPI_Init of the trainer's own would fail, and with where it stands: RANK, WORLD_SIZE,
// LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT; and USE_LIBUV=0 unless the user has
// said otherwise: PyTorch wants libuv for its store by default, without which Debian 13 builds it.
std::vector<std::string> trainer_environment(const char* const* own, const TrainerPlace& place);

// Open MPI binds a rank to a core or two, and with it what it starts: lets this process run
// wherever the one that launched it may. Bindings by others stay.
void widen_cpu_binding();

}  // namespace evenkeel

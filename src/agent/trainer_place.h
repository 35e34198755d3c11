// Where each trainer of a job stands among the others: what its environment tells it.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>

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

}  // namespace evenkeel

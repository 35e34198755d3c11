// A job whose workers are agents, on the ranks of mpirun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/types.h"
#include "evenkeel/session.h"
#include "session/mpi_program.h"

namespace evenkeel {

struct AgentJobOptions {
  JobOptions session;
  std::vector<std::string> command;  // the trainer: program and arguments
  std::string guard;                 // as TrainerCommand's
  std::int32_t restarts = 0;         // lease mode: see Restarts
  Rank first_worker{0};              // 0: rank 0 has a trainer too; 1: it only coordinates
};

// Collective: does the job and returns whether it succeeded on this rank. On rank 0: all work is
// done; on every rank: its trainer ended well after its last step. Throws UserError and
// SessionRefused as Session does.
bool run_agent_job(MpiProgram& mpi, const AgentJobOptions& options);

}  // namespace evenkeel

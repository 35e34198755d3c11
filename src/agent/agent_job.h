// A job whose workers are agents, on the ranks of mpirun.
#pragma once

#include <string>
#include <vector>

#include "core/types.h"
#include "evenkeel/session.h"
#include "session/mpi_program.h"

namespace evenkeel {

struct AgentJobOptions {
  JobOptions session;
  std::vector<std::string> command;  // the trainer: a program, and its arguments
  std::string guard;                 // as TrainerCommand's
  Rank first_worker{0};              // 0: rank 0's agent has a trainer too; 1: it only coordinates
};

// Collective: does the job, and returns on each rank whether it went well there: on
// rank 0, whether all work was done; and on all, whether the trainer ended well after its last
// step. Throws UserError and SessionRefused as Session does.
bool run_agent_job(const MpiProgram& mpi, const AgentJobOptions& options);

}  // namespace evenkeel

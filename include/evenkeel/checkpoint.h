// The status of a checkpoint that a trainer has called for.
#pragma once

#include <cstdint>

namespace evenkeel {

enum class CheckpointState : std::uint8_t {
  complete,    // recorded: the run can go back to it
  pending,     // lease mode: other workers have not called yet
  unrecorded,  // there is no ledger, it cannot be written, or the job has ended
};

}  // namespace evenkeel

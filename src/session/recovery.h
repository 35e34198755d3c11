// Jobs that go on when a rank dies.
#pragma once

#include <string>

namespace evenkeel {

// Whether the launcher lets the other ranks go on: under `mpirun --enable-recovery`, and with Open
// MPI 5 under `mpirun --with-ft ulfm`. Looks at the environment alone.
bool deaths_are_survived();

// Throws UserError for a mode in which the others could not go on.
void refuse_if_deaths_are_survived(const std::string& mode);

}  // namespace evenkeel

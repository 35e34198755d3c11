// Jobs that go on when a rank dies.
#pragma once

#include "evenkeel/options.h"

namespace evenkeel {

// Whether the launcher lets the other ranks go on, found from the environment alone.
bool deaths_are_survived();

// Rank 0: throws UserError if the others could not go on in this mode, or would not learn of the
// death.
void check_survival(Mode mode);

}  // namespace evenkeel

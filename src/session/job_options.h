// What the user asked for, checked and translated for the coordinator.
#pragma once

#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "evenkeel/session.h"

namespace evenkeel {

// `hosts`: one a worker, in order of rank. Throws UserError, one line that names the option, for
// whatever can be told to be wrong without looking at the dataset. Opens no file.
CoordinatorOptions checked_options(const SessionOptions& options,
                                   const std::vector<std::string>& hosts);

}  // namespace evenkeel

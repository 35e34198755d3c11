// The program evenkeel, run as a user would.
#pragma once

#include <string>
#include <vector>

#include "cli/launch.h"

namespace evenkeel {

// evenkeel ARGUMENTS
Finished evenkeel(const std::vector<std::string>& arguments,
                  const std::string& stdout_path = Stdout::captured);

// mpirun -n RANKS evenkeel ARGUMENTS
Finished mpirun_evenkeel(int ranks, const std::vector<std::string>& arguments);

}  // namespace evenkeel

// Reads the speeds of an earlier job from its balance report.
#pragma once

#include <string>
#include <vector>

#include "coordinator/known_speeds.h"

namespace evenkeel {

// Of a JSON report, in order of rank. Throws UserError, one line that names the file, if it is
// none, or if no rank has a speed in it.
std::vector<KnownSpeed> read_speeds(const std::string& path);

}  // namespace evenkeel

// The weights of workers, as users give them.
#pragma once

#include <string>
#include <vector>

#include "coordinator/known_speeds.h"

namespace evenkeel {

// Of --weights: "1,1,4", one per worker, or "old-0=1,new-0=4", one for all workers of a host; those
// of hosts that are not named count with the mean of the others. Weights stay as they are given.
// `hosts`: one per worker. Throws UserError, one line that names the option.
SpeedMatch checked_weights(const std::vector<std::string>& weights,
                           const std::vector<std::string>& hosts);

// "--weights: …", if not all workers are on hosts that are named; or "".
std::string weights_text(const std::vector<std::string>& weights,
                         const std::vector<std::string>& hosts);

}  // namespace evenkeel

// What the user asked for, checked and translated for the coordinator.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "dataset/dataset.h"
#include "evenkeel/session.h"

namespace evenkeel {

// `hosts`: one a worker, in order of rank. Throws UserError, one line that names the option, for
// whatever can be told to be wrong without looking at the dataset. Opens no file.
CoordinatorOptions checked_options(const SessionOptions& options,
                                   const std::vector<std::string>& hosts);

// The same with all that depends on the dataset: step mode, and steps no longer than an epoch.
CoordinatorOptions checked_options(const SessionOptions& options,
                                   const std::vector<std::string>& hosts, const Dataset& dataset);

// As the option has it.
std::string_view shuffle_name(Shuffle shuffle);

// What a job of this mode may have for a policy, in the order in which they are listed to users.
std::span<const PolicyKind> policies_of(std::string_view mode);

}  // namespace evenkeel

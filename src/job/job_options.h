// What the user asked for, checked and translated for the coordinator.
#pragma once

#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "dataset/dataset.h"
#include "evenkeel/options.h"

namespace evenkeel {

// `hosts`: one per worker, in order of rank. Throws UserError, one line that names the option, for
// whatever is wrong without a look at the dataset. Opens no file.
CoordinatorOptions checked_options(const JobOptions& options,
                                   const std::vector<std::string>& hosts);

// The same with all that depends on the dataset: step mode, and steps no longer than an epoch.
CoordinatorOptions checked_options(const JobOptions& options, const std::vector<std::string>& hosts,
                                   const Dataset& dataset);

// The order of an epoch, if the user asks for none.
constexpr Shuffle usual_shuffle(Mode mode) {
  return mode == Mode::step ? Shuffle::block : Shuffle::shards;
}

// Throws UserError if there are weights, and the policy has no use for them.
void check_weights_are_used(const JobOptions& options);

}  // namespace evenkeel

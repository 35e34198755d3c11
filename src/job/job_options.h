// The user's options, checked and translated for the coordinator.
#pragma once

#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "dataset/dataset.h"
#include "evenkeel/options.h"

namespace evenkeel {

// `hosts`: one per worker, in order of rank. Checks everything that does not need the dataset or
// another file. Throws UserError, one line that names the option.
CoordinatorOptions checked_options(const JobOptions& options,
                                   const std::vector<std::string>& hosts);

// Also checks what depends on the dataset: step mode, and that steps are no longer than an epoch.
CoordinatorOptions checked_options(const JobOptions& options, const std::vector<std::string>& hosts,
                                   const Dataset& dataset);

// What a directory's dataset leaves out: by the user's patterns, and because the job writes it.
FileSelection file_selection(const JobOptions& options);

// The default order of an epoch.
constexpr Shuffle usual_shuffle(Mode mode) {
  return mode == Mode::step ? Shuffle::block : Shuffle::shards;
}

// Whether the policy begins by speeds that are known beforehand, and goes on by its own.
bool has_prior(PolicyKind policy);

// Throws UserError if there are weights, speeds or another option that the policy does not use.
void check_policy_options(const JobOptions& options);

}  // namespace evenkeel

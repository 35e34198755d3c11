// The samples that were set aside, as a user knows them: by file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/types.h"

namespace evenkeel {

struct CoordinatorOptions;
class Dataset;
class KeptSetAside;

// A run of samples of one file.
struct SetAsideSamples {
  Pass pass;
  std::string path;  // absolute
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// In the order of epochs, files and samples, and no more than a report can list.
std::vector<SetAsideSamples> set_aside_samples(const Dataset& dataset,
                                               const CoordinatorOptions& options,
                                               const KeptSetAside& set_aside);

}  // namespace evenkeel

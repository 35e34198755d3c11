// The samples that were set aside, as a report names them: by file.
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
struct SetAsideReport {
  Epoch epoch;
  std::string path;  // absolute
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// In the order of epochs, files and samples, and no more than a report can list.
std::vector<SetAsideReport> set_aside_reports(const Dataset& dataset,
                                              const CoordinatorOptions& options,
                                              const KeptSetAside& set_aside);

// "sample 7", "samples 0-31".
std::string sample_range_text(std::int64_t first, std::int64_t count);

}  // namespace evenkeel

// Manifests for commands, and one line about the amount of data in them.
#pragma once

#include <string>

#include "dataset/manifest.h"
#include "evenkeel/options.h"

namespace evenkeel {

// "1,234 files, 56,789 samples, 12.3 GB"; says so if the manifest gives no sizes.
std::string manifest_summary(const Manifest& manifest);

// Reads the manifest of a job, and says on standard error what a directory's scan left out.
Manifest read_dataset(const JobOptions& options);

}  // namespace evenkeel

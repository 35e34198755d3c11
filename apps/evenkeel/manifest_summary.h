// One line about the amount of data in a manifest.
#pragma once

#include <string>

#include "dataset/manifest.h"

namespace evenkeel {

// "1,234 files, 56,789 samples, 12.3 GB"; says so if the manifest gives no sizes.
std::string manifest_summary(const Manifest& manifest);

}  // namespace evenkeel

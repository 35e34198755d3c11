// One line on how much data a manifest describes.
#pragma once

#include <string>

#include "dataset/manifest.h"

namespace evenkeel {

// "1,234 files, 56,789 samples, 12.3 GB"; where the manifest does not give sizes, it says so.
std::string manifest_summary(const Manifest& manifest);

}  // namespace evenkeel

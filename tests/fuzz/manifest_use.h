// What becomes of a manifest that a reader has accepted.
#pragma once

#include "dataset/manifest.h"

namespace evenkeel {

// Aborts unless all that follows takes the manifest as it is: cutting, packing and unpacking, and
// what is written as evenkeel JSON reads as the same. Throws UserError where one of these may.
void check_use(const Manifest& manifest);

}  // namespace evenkeel

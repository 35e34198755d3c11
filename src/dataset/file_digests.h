// What is left of a dataset's files where a run is recorded: enough to name one that has changed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace evenkeel {

// Of each file, in order. Empty for more than a million files.
std::vector<std::uint64_t> file_digests(const Dataset& dataset);

// The first file in which the dataset differs from one with these digests, and if there are more,
// how many: "a.tar is new (in all 3 new)". Empty if that cannot be told.
std::string changed_file(std::span<const std::uint64_t> before, const Dataset& dataset);

}  // namespace evenkeel

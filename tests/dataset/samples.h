// Small datasets for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "dataset/dataset.h"
#include "dataset/manifest.h"

namespace evenkeel {

// Files "0", "1", … with these numbers of samples, at one cost unit per sample.
Manifest manifest_of(const std::vector<std::int64_t>& file_samples);

// The same, and these costs.
Manifest manifest_of(const std::vector<std::int64_t>& file_samples,
                     const std::vector<double>& file_costs);

// One file, and a cost for each sample.
Manifest manifest_of_sample_costs(const std::vector<std::uint32_t>& costs, double scale);

// How a dataset's costs are given.
enum class CostKind : std::uint8_t { uniform, by_file, by_sample };

// Random files of up to `most_samples` samples.
Dataset random_dataset(Random& random, CostKind kind, std::int64_t files, std::int64_t most_samples,
                       std::int64_t shard_samples,
                       const Dataset::MemorySource& memory = Dataset::heap);

}  // namespace evenkeel

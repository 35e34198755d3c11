#include "dataset/samples.h"

#include <string>
#include <utility>

namespace evenkeel {

Manifest manifest_of(const std::vector<std::int64_t>& file_samples) {
  return manifest_of(file_samples, {file_samples.begin(), file_samples.end()});
}

Manifest manifest_of(const std::vector<std::int64_t>& file_samples,
                     const std::vector<double>& file_costs) {
  Manifest manifest;
  manifest.name = "test";
  manifest.root = "/data";
  for (std::size_t file = 0; file < file_samples.size(); ++file) {
    manifest.files.add(std::to_string(file), file_samples[file], FileTable::unknown_bytes,
                       file_costs[file]);
  }
  return manifest;
}

Manifest manifest_of_sample_costs(const std::vector<std::uint32_t>& costs, double scale) {
  double sum = 0;
  for (const std::uint32_t cost : costs) sum += cost * scale;
  Manifest manifest = manifest_of({static_cast<std::int64_t>(costs.size())}, {sum});
  manifest.sample_cost = costs;
  manifest.sample_cost_scale = scale;
  return manifest;
}

Dataset random_dataset(Random& random, CostKind kind, std::int64_t files, std::int64_t most_samples,
                       std::int64_t shard_samples, const Dataset::MemorySource& memory) {
  const auto draw = [&](std::int64_t most) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most)));
  };
  std::vector<std::int64_t> samples;
  std::vector<double> costs;
  for (std::int64_t file = 0; file < files; ++file) {
    samples.push_back(draw(most_samples));
    costs.push_back(static_cast<double>(draw(1000)));
  }
  Manifest manifest =
      kind == CostKind::by_file ? manifest_of(samples, costs) : manifest_of(samples);
  if (kind == CostKind::by_sample) {
    manifest.sample_cost_scale = 0.25;
    for (const std::int64_t count : samples) {
      for (std::int64_t i = 0; i < count; ++i) {
        manifest.sample_cost.push_back(static_cast<std::uint32_t>(draw(1000)));
      }
    }
  }
  return Dataset::cut(manifest, shard_samples, memory);
}

}  // namespace evenkeel

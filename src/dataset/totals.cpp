#include <fmt/format.h>

#include <cstdint>
#include <numeric>

#include "dataset/dataset.h"
#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {

std::int64_t check_totals(const Manifest& manifest, std::string_view source) {
  const FileTable& files = manifest.files;
  std::int64_t samples = 0;
  double cost = 0;
  for (std::int64_t file = 0; file < files.size(); ++file) {
    const bool too_many = files.samples(file) > Dataset::max_samples - samples;
    cost += files.cost(file);
    if (too_many || cost > most_cost) {
      throw UserError(fmt::format(
          "{}: with file {}, {}, the {} add up to more than {}; correct them or split the "
          "dataset",
          source, file, quoted(files.path(file)), too_many ? "samples" : "costs",
          too_many ? "2^60" : "1e30"));
    }
    samples += files.samples(file);
  }
  const double sum = std::accumulate(manifest.sample_cost.begin(), manifest.sample_cost.end(), 0.0);
  if (sum * manifest.sample_cost_scale > most_cost) {
    throw UserError(
        fmt::format("{}: the costs of its samples add up to more than 1e30; "
                    "correct them or split the dataset",
                    source));
  }
  return samples;
}

}  // namespace evenkeel

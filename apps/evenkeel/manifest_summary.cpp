#include "manifest_summary.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>

#include "core/number_format.h"
#include "job/job_options.h"
#include "report/cost_scale.h"

namespace evenkeel {

std::string manifest_summary(const Manifest& manifest) {
  std::int64_t samples = 0;
  double bytes = 0;
  std::int64_t unknown_sizes = 0;
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    samples += manifest.files.samples(file);
    if (manifest.files.bytes(file) == FileTable::unknown_bytes) {
      ++unknown_sizes;
    } else {
      bytes += static_cast<double>(manifest.files.bytes(file));
    }
  }
  std::string summary =
      fmt::format("{}, {}", counted(manifest.files.size(), "file"), counted(samples, "sample"));
  if (unknown_sizes == manifest.files.size()) return summary + " of unknown size";
  summary += ", " + cost_text(bytes, "bytes");
  if (unknown_sizes > 0) {
    summary += fmt::format(" and {} of unknown size", counted(unknown_sizes, "file"));
  }
  return summary;
}

Manifest read_dataset(const JobOptions& options) {
  Manifest manifest = read_manifest(options.manifest, file_selection(options));
  for (const std::string& line : scan_lines(manifest)) fmt::print(stderr, "evenkeel: {}\n", line);
  return manifest;
}

}  // namespace evenkeel

#include <fmt/format.h>

#include <optional>
#include <system_error>

#include "core/check.h"
#include "dataset/manifest.h"

namespace evenkeel {
namespace {

// What is wrong with a file, if anything.
std::optional<std::string> fault_of(const std::filesystem::path& path, std::int64_t bytes) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return "no such file";
  if (error) return error.message();
  if (!std::filesystem::is_regular_file(status)) return "is not a regular file";
  if (bytes == FileTable::unknown_bytes) return std::nullopt;
  const std::uintmax_t found = std::filesystem::file_size(path, error);
  if (error) return error.message();
  if (found == static_cast<std::uintmax_t>(bytes)) return std::nullopt;
  return fmt::format("has {} bytes; the manifest says {}", found, bytes);
}

}  // namespace

std::vector<std::string> check_files(const Manifest& manifest, std::size_t limit,
                                     std::int64_t* faults) {
  EVENKEEL_CHECK(faults != nullptr);
  *faults = 0;
  std::vector<std::string> lines;
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    const std::filesystem::path path = manifest.root / manifest.files.path(file);
    const std::optional<std::string> fault = fault_of(path, manifest.files.bytes(file));
    if (!fault) continue;
    ++*faults;
    if (lines.size() < limit) lines.push_back(fmt::format("{}: {}", path.string(), *fault));
  }
  return lines;
}

}  // namespace evenkeel

#include "dataset/manifest.h"

#include <fmt/format.h>

#include <system_error>

#include "core/suggestion.h"
#include "dataset/readers.h"
#include "dataset/text_file.h"

namespace evenkeel {
namespace {

Manifest read_text_manifest(const TextFile& file) {
  const std::size_t begin = file.text().find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) file.fail("is empty; a manifest lists at least one file");
  if (file.text()[begin] == '{') {
    return is_json_lines(file) ? read_json_lines(file) : read_json_manifest(file);
  }
  if (file.text().starts_with("\x1f\x8b")) file.fail("is compressed; unpack it with gunzip");
  if (is_csv_manifest(file)) return read_csv_manifest(file);
  file.fail(
      "is no manifest; known are evenkeel JSON, CSV with a header path,samples[,bytes][,cost], "
      "JSON lines of NeMo or Lhotse, and a directory");
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& path) {
  std::error_code unreadable;
  if (std::filesystem::is_directory(path, unreadable)) return scan_directory(path);
  const TextFile file(path);
  Manifest manifest = read_text_manifest(file);
  check_totals(manifest, path.string());
  return manifest;
}

std::filesystem::path absolute_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return path.has_filename() || path == path.root_path() ? path : path.parent_path();
}

bool is_path(std::string_view path) {
  return !path.empty() && path.find('\0') == std::string_view::npos;
}

bool is_cost(double cost) { return cost >= least_cost && cost <= most_cost; }

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 80;
  const bool cut = text.size() > longest;
  std::size_t end = cut ? longest : text.size();
  // Do not cut a UTF-8 character in two.
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  std::string shown(text.substr(0, end));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return cut ? shown + "..." : shown;
}

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", shortened(text)); }

std::string name_hint(std::string_view unknown, std::span<const std::string_view> known) {
  if (const auto nearest = nearest_name(unknown, known)) {
    return fmt::format("did you mean \"{}\"?", *nearest);
  }
  return fmt::format("known are {}", fmt::join(known, ", "));
}

}  // namespace evenkeel

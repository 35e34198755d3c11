#include "dataset/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "core/suggestion.h"
#include "dataset/readers.h"
#include "dataset/text_file.h"

namespace evenkeel {
namespace {

struct ManifestFormat {
  std::string_view extension;
  std::string_view description;
  bool (*is_of)(const TextFile& file);
  Manifest (*read)(const TextFile& file);
};

// The first that a file is of.
constexpr auto formats = std::to_array<ManifestFormat>({
    {".jsonl", "JSON lines of NeMo or Lhotse", is_json_lines, read_json_lines},
    {".json", "evenkeel JSON", is_json_manifest, read_json_manifest},
    {".csv", "CSV with a header path,samples[,bytes][,cost]", is_csv_manifest, read_csv_manifest},
});

Manifest read_text_manifest(const TextFile& file) {
  if (file.text().find_first_not_of(" \t\r\n") == std::string_view::npos) {
    file.fail("is empty; a manifest lists at least one file");
  }
  if (file.text().starts_with("\x1f\x8b")) file.fail("is compressed; unpack it with gunzip");
  std::string known;
  for (const ManifestFormat& format : formats) {
    if (format.is_of(file)) return format.read(file);
    known += fmt::format("{}, ", format.description);
  }
  file.fail(fmt::format("is not a manifest; known are {}and a directory", known));
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

bool looks_like_manifest(const std::filesystem::path& path) {
  std::error_code unreadable;
  return std::ranges::count(formats, path.extension().string(), &ManifestFormat::extension) > 0 ||
         std::filesystem::is_directory(path, unreadable);
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

#include "dataset/manifest.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

#include "core/display_text.h"
#include "core/suggestion.h"
#include "dataset/readers.h"
#include "dataset/text_file.h"
#include "evenkeel/error.h"

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
  std::string known;
  for (const ManifestFormat& format : formats) {
    if (format.is_of(file)) return format.read(file);
    known += fmt::format("{}, ", format.description);
  }
  file.fail(fmt::format("is not a manifest; known are {}and a directory", known));
}

Manifest read_any_manifest(const std::filesystem::path& path, const FileSelection& selection) {
  std::error_code unreadable;
  if (std::filesystem::is_directory(path, unreadable)) return scan_directory(path, selection);
  if (is_address(path.native())) {
    throw UserError(fmt::format("{}: is an address, which cannot be read here; copy it to a file",
                                path.string()));
  }
  if (path == "-" && !std::filesystem::exists(path, unreadable)) {
    throw UserError("-: no such file; give /dev/stdin for standard input");
  }
  const TextFile file(path);
  if (!selection.include.empty() || !selection.exclude.empty()) {
    file.fail("is a file that lists the data; --include and --exclude require a directory");
  }
  return read_text_manifest(file);
}

// Trainers are told of files in JSON, which is UTF-8.
void check_texts(const Manifest& manifest, const std::filesystem::path& path) {
  for (const std::string& text : {manifest.root.string(), manifest.name}) {
    if (is_path(text)) continue;
    throw UserError(
        fmt::format("{}: the name {} is not UTF-8, which trainers' lines need; "
                    "rename it",
                    path.string(), quoted(std::string_view(text))));
  }
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& path, const FileSelection& selection) {
  Manifest manifest = read_any_manifest(path, selection);
  check_texts(manifest, path);
  check_totals(manifest, path.string());
  return manifest;
}

std::vector<std::string> scan_lines(const Manifest& manifest) {
  std::vector<std::string> lines = manifest.remarks;
  if (!manifest.left_out.empty()) {
    lines.push_back(
        fmt::format("{}: left out: {}", printable(manifest.root.string()), manifest.left_out));
  }
  return lines;
}

bool looks_like_manifest(const std::filesystem::path& path) {
  std::error_code unreadable;
  return std::ranges::count(formats, path.extension().string(), &ManifestFormat::extension) > 0 ||
         std::filesystem::is_directory(path, unreadable);
}

std::filesystem::path absolute_folder(const std::filesystem::path& folder) {
  std::filesystem::path path;
  for (const std::filesystem::path& part : std::filesystem::absolute(folder)) {
    if (part == "..") {
      std::error_code missing;
      const std::filesystem::path real = std::filesystem::canonical(path, missing);
      path = (missing ? path : real).parent_path();
    } else if (part != "." && !part.empty()) {
      path /= part;
    }
  }
  return path;
}

// As others have them, too: s3://bucket/a, zip://a::s3://bucket/b, and pipe:COMMAND of WebDataset.
bool is_address(std::string_view path) {
  const auto in_scheme = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '.' || c == '-';
  };
  const auto* const end = std::ranges::find_if_not(path, in_scheme);
  const std::string_view rest(end, path.end());
  if (end == path.begin() || std::isalpha(static_cast<unsigned char>(path.front())) == 0)
    return false;
  return rest.starts_with("://") || path.starts_with("pipe:") ||
         (rest.starts_with("::") && rest.find("://") != std::string_view::npos);
}

std::filesystem::path full_path(const std::filesystem::path& root, std::string_view path) {
  return is_address(path) ? std::filesystem::path(path) : root / path;
}

bool is_path(std::string_view path) {
  return !path.empty() && path.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(path.data(), path.size());
}

bool is_cost(double cost) { return cost >= least_cost && cost <= most_cost; }

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 80;
  const bool cut = text.size() > longest;
  std::size_t end = cut ? longest : text.size();
  // Do not cut a UTF-8 character in two.
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  const std::string shown = printable(text.substr(0, end));
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

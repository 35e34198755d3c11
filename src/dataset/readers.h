// The readers of the manifest formats, and what they share; private to this directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dataset/manifest.h"
#include "dataset/text_file.h"

namespace evenkeel {

Manifest scan_directory(const std::filesystem::path& directory, const FileSelection& selection);

// Precondition: the file is not blank. Each throws UserError.
Manifest read_json_manifest(const TextFile& file);
Manifest read_csv_manifest(const TextFile& file);
Manifest read_json_lines(const TextFile& file);

// Whether the file has the format, judged by its first line.
bool is_csv_manifest(const TextFile& file);
bool is_json_manifest(const TextFile& file);
bool is_json_lines(const TextFile& file);

inline constexpr std::string_view path_rule = "a path is UTF-8 text without NUL, and not empty";
inline constexpr std::string_view samples_rule =
    "a file has a whole number of samples, at least 1 and less than 2^63";
inline constexpr std::string_view bytes_rule =
    "a size is a whole number of bytes, at least 0 and less than 2^63";
// Limits for one file and for all together, so that the costs of a sample and of all samples fit
// the 32-bit float that reports the cost of a step.
inline constexpr double least_cost = 1e-15;
inline constexpr double most_cost = 1e30;
inline constexpr std::string_view cost_rule = "a cost is a number from 1e-15 to 1e30";
inline constexpr std::string_view duration_rule =
    "a duration is a number of seconds from 1e-15 to 1e30";

// The same folder as an absolute path, without dots or a final slash. Like the kernel it follows a
// symbolic link before it goes up.
std::filesystem::path absolute_folder(const std::filesystem::path& folder);

bool is_path(std::string_view path);  // satisfies path_rule
bool is_cost(double cost);            // satisfies cost_rule and duration_rule

// A piece of the user's text for messages: quoted, on one line, not too long.
std::string shortened(std::string_view text);
std::string quoted(std::string_view text);

// "did you mean \"NAME\"?" or, if no name is near, a list of all names.
std::string name_hint(std::string_view unknown, std::span<const std::string_view> known);

struct DuplicatePath {
  std::int64_t first;
  std::int64_t again;
};

// The first file whose path an earlier file has. Uses 16 bytes per file while it runs.
std::optional<DuplicatePath> find_duplicate_path(const FileTable& files);

// True once: when it is time to reserve memory for the remaining files.
inline bool judges_room(const FileTable& files) { return files.size() == 1000; }

// Estimated from the files before `place` in the text.
void make_room(FileTable& files, const TextFile& text, const char* place);

// The samples of all files. Throws UserError if samples or costs exceed their limits; `source` is
// the prefix of the message.
std::int64_t check_totals(const Manifest& manifest, std::string_view source);

// The begin of each shard and the end of the last one, as Dataset::cut defines them. Throws
// UserError as it does.
std::vector<std::int64_t> shard_begins(const Manifest& manifest, std::int64_t shard_samples);

}  // namespace evenkeel

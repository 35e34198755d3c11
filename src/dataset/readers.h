// The manifest formats, each read by a function of its own, and what they share: private to this
// room.
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

// The file is not blank. Each throws UserError.
Manifest read_json_manifest(const TextFile& file);
Manifest read_csv_manifest(const TextFile& file);
Manifest read_json_lines(const TextFile& file);

// Whether the file is of the format, by its first line.
bool is_csv_manifest(const TextFile& file);
bool is_json_lines(const TextFile& file);

inline constexpr std::string_view path_rule = "a path is a text that is not empty";
inline constexpr std::string_view samples_rule =
    "a file has a whole number of samples, at least 1 and less than 2^63";
inline constexpr std::string_view bytes_rule =
    "a size is a whole number of bytes, at least 0 and less than 2^63";
// Of a file, and of all together: so the cost of a sample and that of all fit a 32-bit float, in
// which a step's is reported.
inline constexpr double least_cost = 1e-15;
inline constexpr double most_cost = 1e30;
inline constexpr std::string_view cost_rule = "a cost is a number from 1e-15 to 1e30";
inline constexpr std::string_view duration_rule =
    "a duration is a number of seconds from 1e-15 to 1e30";

// The same folder, absolute, without dots and without a slash at the end.
std::filesystem::path absolute_folder(const std::filesystem::path& folder);

bool is_path(std::string_view path);  // as path_rule says; and a path has no NUL
bool is_cost(double cost);            // as cost_rule and duration_rule say

// A piece of the user's text as messages show it: on one line, not too long, and in quotes.
std::string shortened(std::string_view text);
std::string quoted(std::string_view text);

// "did you mean \"NAME\"?" or, if none is near, which names there are.
std::string name_hint(std::string_view unknown, std::span<const std::string_view> known);

struct DuplicatePath {
  std::int64_t first;
  std::int64_t again;
};

// The first file whose path an earlier one has. Takes 16 bytes a file while it runs.
std::optional<DuplicatePath> find_duplicate_path(const FileTable& files);

// Whether it is time to make room for the files still to come, which is once.
inline bool judges_room(const FileTable& files) { return files.size() == 1000; }

// Judging by the files that stand before `place` in the text.
void make_room(FileTable& files, const TextFile& text, const char* place);

// The samples of all files together. Throws UserError if these or the costs are too many;
// `source` is what the message begins with.
std::int64_t check_totals(const Manifest& manifest, std::string_view source);

// Where each shard begins, and the last one ends, as Dataset::cut says. Throws UserError as it
// does.
std::vector<std::int64_t> shard_begins(const Manifest& manifest, std::int64_t shard_samples);

}  // namespace evenkeel

// A dataset as users describe it: files in a fixed order, each with a number of samples and perhaps
// a size in bytes and a cost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/file_hosts.h"

namespace evenkeel {

// Whether a path is an address, such as s3://bucket/a.tar or pipe:COMMAND, which only a trainer can
// read. It is passed on as it is.
bool is_address(std::string_view path);

// Of a file whose path is given relative to a root.
std::filesystem::path full_path(const std::filesystem::path& root, std::string_view path);

// The files of a dataset: 32 bytes each, plus the path.
class FileTable {
 public:
  static constexpr std::int64_t unknown_bytes = -1;

  // Appends a file. The path is relative to the dataset's root, or absolute, or an address.
  // Preconditions: samples ≥ 1; bytes ≥ 0 or unknown_bytes; cost > 0 and finite.
  void add(std::string_view path, std::int64_t samples, std::int64_t bytes, double cost);

  std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
  std::string_view path(std::int64_t file) const;
  std::int64_t samples(std::int64_t file) const { return row(file).samples; }
  std::int64_t bytes(std::int64_t file) const { return row(file).bytes; }
  double cost(std::int64_t file) const { return row(file).cost; }
  std::int64_t path_bytes() const { return static_cast<std::int64_t>(paths_.size()); }  // in all
  void reserve(std::int64_t files, std::int64_t path_bytes);

 private:
  struct Row {
    std::uint64_t path_end;  // in paths_; the path begins at the end of the previous one
    std::int64_t samples;
    std::int64_t bytes;
    double cost;
  };

  const Row& row(std::int64_t file) const { return rows_[static_cast<std::size_t>(file)]; }

  std::string paths_;  // end to end
  std::vector<Row> rows_;
};

struct Manifest {
  std::string name;
  std::filesystem::path root;  // absolute, or an address
  std::string cost_unit = "samples";
  FileTable files;
  FileHosts hosts;

  // One cost per sample, in dataset order: cost = sample_cost[i] × sample_cost_scale. Empty if all
  // samples of a file cost the same.
  std::vector<std::uint32_t> sample_cost;
  double sample_cost_scale = 0;

  // What the scan of a directory has left out, in words: "1 empty (a/b)". Empty if nothing.
  std::string left_out;
  // What else users should know of it, in lines: patterns that match nothing, and places that
  // cannot be read.
  std::vector<std::string> remarks;
  std::int64_t unreadable_places = 0;
};

// Which files of a directory are data.
//
// A pattern is one of fnmatch(3). Without a slash, it is for names of files and folders at any
// depth; with a slash, for paths relative to the directory. A folder stands for all below it.
struct FileSelection {
  std::vector<std::string> include{};  // empty: all but what is hidden or temporary
  std::vector<std::string> exclude{};
  std::vector<std::filesystem::path> own_files{};  // of the run itself: never data
};

// Reads a manifest; detects the format by content. Of a directory it lists the tree: each file is a
// sample whose cost is its size, in byte order of the relative paths. Symbolic links are followed,
// but no file is taken twice for them. Throws UserError that names file, place and remedy.
Manifest read_manifest(const std::filesystem::path& path, const FileSelection& selection = {});

// What the scan of a directory has to say, in lines: its remarks, and "/data/images: left out: 1
// empty (a/b)".
std::vector<std::string> scan_lines(const Manifest& manifest);

// Whether users may mean it as a manifest: it is named like one, or is a directory.
bool looks_like_manifest(const std::filesystem::path& path);

// Writes evenkeel JSON. Throws UserError if each sample has its own cost, which that format does
// not support.
void write_manifest(const Manifest& manifest, std::ostream& out);

enum class FileCheck : std::uint8_t {
  sizes,     // every file exists and has the size in bytes that the manifest gives, if any
  contents,  // and can be read to its end; the records of TFRecord files are counted
};

// Returns one line per fault, at most `limit`, and counts all in `*faults`. A TFRecord file that
// the manifest lists as a single sample may have any number of records.
std::vector<std::string> check_files(const Manifest& manifest, std::size_t limit,
                                     std::int64_t* faults, FileCheck check = FileCheck::sizes);

}  // namespace evenkeel

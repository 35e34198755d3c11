// The description of a dataset as users write it: files in a fixed order, each with a number of
// samples, perhaps a size in bytes and a cost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

// The files of a dataset in 32 bytes each, beyond the path.
class FileTable {
 public:
  static constexpr std::int64_t unknown_bytes = -1;

  // Appends a file. The path is relative to the dataset's root, or absolute.
  // Preconditions: samples ≥ 1; bytes ≥ 0 or unknown_bytes; cost > 0 and finite.
  void add(std::string_view path, std::int64_t samples, std::int64_t bytes, double cost);

  std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
  std::string_view path(std::int64_t file) const;
  std::int64_t samples(std::int64_t file) const { return row(file).samples; }
  std::int64_t bytes(std::int64_t file) const { return row(file).bytes; }
  double cost(std::int64_t file) const { return row(file).cost; }
  std::int64_t path_bytes() const { return static_cast<std::int64_t>(paths_.size()); }  // of all
  void reserve(std::int64_t files, std::int64_t path_bytes);

 private:
  struct Row {
    std::uint64_t path_end;  // in paths_; the path begins where the one before it ends
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
  std::filesystem::path root;  // absolute
  std::string cost_unit = "samples";
  FileTable files;

  // One cost a sample, in dataset order, as cost = sample_cost[i] × sample_cost_scale; empty if
  // the samples of a file all cost the same.
  std::vector<std::uint32_t> sample_cost;
  double sample_cost_scale = 0;
};

// Reads a manifest, recognising its format by content: evenkeel JSON, CSV with a header, NeMo or
// Lhotse JSON lines, or a directory. Throws UserError that names file, place and remedy.
Manifest read_manifest(const std::filesystem::path& path);

// Lists a directory tree, a file a sample with its bytes as cost, in byte order of the relative
// paths. Empty files are left out and counted in `*empty_files` if given. Throws UserError.
Manifest scan_directory(const std::filesystem::path& directory,
                        std::int64_t* empty_files = nullptr);

// Writes evenkeel JSON. Throws UserError if the manifest has a cost for each sample, which that
// format cannot say.
void write_manifest(const Manifest& manifest, std::ostream& out);

enum class FileCheck : std::uint8_t {
  sizes,     // every file is there and, where the manifest gives bytes, has that size
  contents,  // and can be read: to its end, or if it is a TFRecord file, its records are counted
};

// Returns one line a fault, at most `limit` of them, and counts all in `*faults`. A TFRecord file
// of which the manifest says that it is one sample may have any number of records.
std::vector<std::string> check_files(const Manifest& manifest, std::size_t limit,
                                     std::int64_t* faults, FileCheck check = FileCheck::sizes);

}  // namespace evenkeel

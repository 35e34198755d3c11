#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

struct ListedFile {
  std::string path;  // relative to the tree's root
  std::int64_t bytes;
};

// The regular files below a directory, in no particular order; symbolic links are skipped.
class TreeListing {
 public:
  explicit TreeListing(const fs::path& root) : root_(root) {
    while (!folders_.empty()) {
      const std::string folder = std::move(folders_.back());
      folders_.pop_back();
      list(folder);
    }
  }

  std::vector<ListedFile> take() && { return std::move(files_); }

 private:
  // `folder` is empty or ends with a slash.
  void list(const std::string& folder) {
    std::error_code error;
    fs::directory_iterator entry(root_ / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      add(folder + entry->path().filename().string(), *entry);
    }
    check(error, folder);
  }

  void add(std::string path, const fs::directory_entry& entry) {
    std::error_code error;
    if (entry.is_symlink(error)) return;
    if (entry.is_directory(error)) {
      folders_.push_back(std::move(path) + '/');
    } else if (entry.is_regular_file(error)) {
      const auto bytes = static_cast<std::int64_t>(entry.file_size(error));
      check(error, path);
      files_.push_back({std::move(path), bytes});
    }
  }

  void check(const std::error_code& error, const std::string& path) const {
    if (!error) return;
    throw UserError(fmt::format("{}: cannot be listed: {}; check the path and its permissions",
                                path.empty() ? root_.string() : (root_ / path).string(),
                                error.message()));
  }

  const fs::path& root_;
  std::vector<std::string> folders_{""};  // still to be listed
  std::vector<ListedFile> files_;
};

}  // namespace

Manifest scan_directory(const fs::path& directory, std::int64_t* empty_files) {
  std::vector<ListedFile> files = TreeListing(directory).take();
  const auto is_empty = [](const ListedFile& file) { return file.bytes == 0; };
  const auto left_out = std::erase_if(files, is_empty);
  if (empty_files != nullptr) *empty_files = static_cast<std::int64_t>(left_out);
  if (files.empty()) {
    throw UserError(fmt::format(
        "{}: has no files in it that are not empty; choose a folder of data", directory.string()));
  }
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });

  Manifest manifest;
  manifest.root = absolute_folder(directory);
  manifest.name = manifest.root.has_filename() ? manifest.root.filename().string() : "/";
  manifest.cost_unit = "bytes";
  for (const ListedFile& file : files) {
    manifest.files.add(file.path, 1, file.bytes, static_cast<double>(file.bytes));
  }
  return manifest;
}

}  // namespace evenkeel

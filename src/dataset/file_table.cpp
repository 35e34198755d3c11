#include <cmath>

#include "core/check.h"
#include "dataset/manifest.h"
#include "dataset/readers.h"

namespace evenkeel {

void FileTable::add(std::string_view path, std::int64_t samples, std::int64_t bytes, double cost) {
  EVENKEEL_CHECK(samples >= 1 && bytes >= unknown_bytes && cost > 0 && std::isfinite(cost));
  paths_ += path;
  rows_.push_back({paths_.size(), samples, bytes, cost});
}

std::string_view FileTable::path(std::int64_t file) const {
  const std::uint64_t begin = file == 0 ? 0 : row(file - 1).path_end;
  return std::string_view(paths_).substr(begin, row(file).path_end - begin);
}

void FileTable::reserve(std::int64_t files, std::int64_t path_bytes) {
  rows_.reserve(static_cast<std::size_t>(files));
  paths_.reserve(static_cast<std::size_t>(path_bytes));
}

void make_room(FileTable& files, const TextFile& text, const char* place) {
  const double share =
      static_cast<double>(place - text.text().data()) / static_cast<double>(text.text().size());
  const auto whole = [share](std::int64_t part) {
    return static_cast<std::int64_t>(1.05 * static_cast<double>(part) / share);
  };
  files.reserve(whole(files.size()), whole(files.path_bytes()));
}

}  // namespace evenkeel

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <system_error>

#include "core/check.h"
#include "core/display_text.h"
#include "dataset/manifest.h"
#include "dataset/tf_records.h"

namespace evenkeel {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

// A file that is read; reading throws std::system_error.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int get() const { return descriptor_; }

  // Returns the number of bytes read; 0 at the end.
  std::size_t read_at(std::int64_t offset, std::vector<std::uint8_t>& buffer) const {
    while (true) {
      const ssize_t got = ::pread(descriptor_, buffer.data(), buffer.size(), offset);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw std::system_error(errno, std::generic_category());
    }
  }

 private:
  int descriptor_;
};

std::optional<std::string> fault_of_records(const OpenFile& file, std::int64_t size,
                                            std::int64_t samples) {
  const TfRecordWalk walk = walk_tf_records(file.get(), size);
  if (walk.fault == TfRecordWalk::Fault::cut_short) {
    return fmt::format("is cut short: {} records end at byte {} of {}, in the middle of the next",
                       walk.records, walk.end, size);
  }
  if (walk.fault == TfRecordWalk::Fault::no_record) {
    return fmt::format("has no record at byte {}, after {} records", walk.end, walk.records);
  }
  if (walk.records == samples || samples == 1) return std::nullopt;
  return fmt::format("has {} records; the manifest says {} samples", walk.records, samples);
}

// Checks the contents of a file that exists and has the right size. Reads it through a buffer.
std::optional<std::string> fault_of_contents(const std::filesystem::path& path,
                                             std::int64_t samples,
                                             std::vector<std::uint8_t>& buffer) {
  try {
    const OpenFile file(path);
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
    std::int64_t offset = 0;
    while (offset < size) {
      const std::size_t got = file.read_at(offset, buffer);
      if (offset == 0 && begins_tf_record(std::span(buffer).first(got))) {
        return fault_of_records(file, size, samples);
      }
      if (got == 0) return fmt::format("ends at byte {} of {}", offset, size);
      offset += static_cast<std::int64_t>(got);
    }
    return std::nullopt;
  } catch (const std::system_error& error) {
    return "cannot be read: " + error.code().message();
  }
}

// What is wrong with a file, if anything.
std::optional<std::string> fault_of(const std::filesystem::path& path, std::int64_t bytes) {
  if (is_address(path.native())) return "is an address, which cannot be read here";
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
                                     std::int64_t* faults, FileCheck check) {
  EVENKEEL_CHECK(faults != nullptr);
  *faults = 0;
  std::vector<std::string> lines;
  std::vector<std::uint8_t> buffer(check == FileCheck::contents ? buffer_bytes : 0);
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    const std::filesystem::path path = full_path(manifest.root, manifest.files.path(file));
    std::optional<std::string> fault = fault_of(path, manifest.files.bytes(file));
    if (!fault && check == FileCheck::contents) {
      fault = fault_of_contents(path, manifest.files.samples(file), buffer);
    }
    if (!fault) continue;
    ++*faults;
    if (lines.size() < limit)
      lines.push_back(fmt::format("{}: {}", printable(path.string()), *fault));
  }
  return lines;
}

}  // namespace evenkeel

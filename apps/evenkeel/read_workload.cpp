#include "read_workload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace evenkeel {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr const char* next_step = "'evenkeel manifest check --deep' lists all such files";

}  // namespace

ReadWorkload::ReadWorkload(Session& session) : session_(session), buffer_(buffer_bytes) {}

ReadWorkload::~ReadWorkload() { close(); }

Fate ReadWorkload::work_on(const Step& step) {
  for (const Extent& extent : step.extents()) {
    if (extent.file != file_) open(extent.file);
    read(byte_range(extent, session_.file_samples(extent.file), bytes_));
  }
  session_.loaded(step);
  return Fate::lives;
}

void ReadWorkload::open(std::int64_t file) {
  close();
  const std::filesystem::path path = session_.path(file);
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail(file, std::strerror(errno));

  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0) fail(file, std::strerror(errno));
  bytes_ = status.st_size;
  const std::int64_t expected = session_.file_bytes(file).value_or(bytes_);
  if (bytes_ != expected) {
    fail(file, fmt::format("has {} bytes now, the manifest says {}", bytes_, expected));
  }
  file_ = file;  // not earlier: a faulty file is opened again
  // Only a hint: a file system may ignore it.
  static_cast<void>(::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL));
}

void ReadWorkload::fail(std::int64_t file, const std::string& fault) {
  const bool is_new = named_.insert(file).second;
  throw StepFault(is_new ? fmt::format("{}: {}; {}", session_.path(file).string(), fault, next_step)
                         : "");
}

void ReadWorkload::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  file_ = -1;
}

void ReadWorkload::read(ByteRange range) {
  while (range.begin < range.end) {
    const std::size_t wanted =
        std::min(buffer_.size(), static_cast<std::size_t>(range.end - range.begin));
    const ssize_t got = ::pread(descriptor_, buffer_.data(), wanted, range.begin);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(file_, std::strerror(errno));
    if (got == 0) fail(file_, fmt::format("ends at byte {} of {}", range.begin, bytes_));
    range.begin += got;
  }
}

}  // namespace evenkeel

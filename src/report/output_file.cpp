#include "report/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/check.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 16;

constexpr std::string_view database_begin = "SQLite format 3";

}  // namespace

void require_no_database(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return;
  std::string begin(database_begin.size(), '\0');
  std::ifstream(path, std::ios::binary).read(begin.data(), std::ssize(begin));
  if (begin != database_begin) return;
  throw UserError(
      fmt::format("{}: is a ledger or another database, and stays; choose another file", path));
}

OutputFile::OutputFile(const std::string& path, std::string name) : name_(std::move(name)) {
  require_no_database(path);
  constexpr int everyone_as_umask_allows = 0666;
  descriptor_ =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, everyone_as_umask_allows);
  if (descriptor_ < 0) fail(errno);
  buffer_.reserve(buffer_bytes);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::append(std::string_view text) {
  EVENKEEL_CHECK(descriptor_ >= 0);
  buffer_ += text;
  if (buffer_.size() >= buffer_bytes) write_buffer();
}

void OutputFile::close() {
  write_buffer();
  // Network file systems may report only now that they are full.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
}

void OutputFile::write_buffer() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail(errno);
    }
  }
  buffer_.clear();
}

void OutputFile::fail(int error_number) const {
  throw UserError(
      fmt::format("{}: cannot write: {}; check its folder and free space, or choose another file",
                  name_, std::generic_category().message(error_number)));
}

}  // namespace evenkeel

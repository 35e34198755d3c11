#include "dataset/text_file.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, Closer>;

// Reading doubles a buffer now and then, and whoever reads the text needs memory, too.
std::size_t most_bytes() {
  const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 2;
}

}  // namespace

TextFile::TextFile(std::filesystem::path path) : path_(std::move(path)) {
  read();
  set_text();
}

TextFile::TextFile(std::filesystem::path path, std::string_view text)
    : path_(std::move(path)), data_(buffer_for(text.size())), size_(text.size()) {
  std::copy(text.begin(), text.end(), data_.get());
  std::memset(data_.get() + size_, 0, padding);
  set_text();
}

void TextFile::set_text() {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  text_ = {data_.get(), size_};
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
}

// Allocates `size` bytes and the padding. Large buffers use huge pages if available: page faults
// would take longer than reading.
TextFile::Buffer TextFile::buffer_for(std::size_t size) {
  constexpr std::size_t small_page = std::size_t{1} << 12;
  constexpr std::size_t huge_page = std::size_t{1} << 21;
  const std::size_t page = size < huge_page ? small_page : huge_page;
  const std::size_t bytes = ((size + padding) / page + 1) * page;
  void* data = std::aligned_alloc(page, bytes);
  if (data == nullptr) throw std::bad_alloc();
  madvise(data, bytes, MADV_HUGEPAGE);
  return Buffer(static_cast<char*>(data));
}

void TextFile::read() {
  constexpr std::size_t first_buffer = 1 << 16;
  const FileHandle file(std::fopen(path_.c_str(), "rb"));
  if (!file) {
    fail(errno == ENOENT
             ? "no such file; check the path"
             : fmt::format("cannot be opened: {}; check its permissions", std::strerror(errno)));
  }
  struct stat status = {};
  ::fstat(::fileno(file.get()), &status);
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    fail("is a device; give a file or a pipe");
  }
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  std::size_t capacity = first_buffer;
  data_ = buffer_for(capacity);
  while (true) {
    const std::size_t got = std::fread(data_.get() + size_, 1, capacity - size_, file.get());
    if (std::ferror(file.get()) != 0) {
      fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    check_is_text(got);
    size_ += got;
    if (size_ < capacity) break;
    // A pipe has no size, and a file may grow. One more byte tells that it has not.
    capacity = std::max(2 * capacity, static_cast<std::size_t>(status.st_size) + 1);
    if (capacity > most_bytes()) fail("takes more than half of this machine's memory");
    Buffer larger = buffer_for(capacity);
    std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
  }
  std::memset(data_.get() + size_, 0, padding);
}

// At once, so that neither a video nor an endless pipe of zeros fills the memory.
void TextFile::check_is_text(std::size_t bytes) {
  const std::string_view block(data_.get() + size_, bytes);
  if (size_ == 0 && block.starts_with("\x1f\x8b")) fail("is compressed; unpack it with gunzip");
  const std::size_t nul = block.find('\0');
  if (nul == std::string_view::npos) return;
  text_ = {data_.get(), size_ + bytes};
  fail_at_line(line_of(block.data() + nul), "has a NUL byte; give a text file");
}

std::filesystem::path TextFile::folder() const {
  const std::filesystem::path folder =
      absolute_folder(std::filesystem::absolute(path_).parent_path());
  const bool is_stream =
      folder == "/dev" || folder == "/dev/fd" || folder.native().starts_with("/proc/");
  return is_stream ? std::filesystem::current_path() : folder;
}

std::int64_t TextFile::line_of(const char* place) const {
  return std::count(text_.data(), place, '\n') + 1;
}

std::int64_t TextFile::column_of(const char* place) const {
  const char* begin = place;
  while (begin != text_.data() && begin[-1] != '\n') --begin;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  return place - begin - std::count_if(begin, place, continues) + 1;
}

void TextFile::fail(std::string_view fault) const {
  throw UserError(fmt::format("{}: {}", path_.string(), fault));
}

void TextFile::fail_at_line(std::int64_t line, std::string_view fault) const {
  throw UserError(fmt::format("{}:{}: {}", path_.string(), line, fault));
}

void TextFile::fail_at(const char* place, std::string_view fault) const {
  throw UserError(
      fmt::format("{}:{}:{}: {}", path_.string(), line_of(place), column_of(place), fault));
}

}  // namespace evenkeel

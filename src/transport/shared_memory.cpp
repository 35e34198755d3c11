#include "transport/shared_memory.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>
#include <string>

namespace evenkeel {
namespace {

std::shared_ptr<std::byte[]> map(int file, std::size_t bytes, int protection) {
  void* const at = ::mmap(nullptr, bytes, protection, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) return nullptr;
  return {static_cast<std::byte*>(at), [bytes](std::byte* begin) { ::munmap(begin, bytes); }};
}

// Beyond the file size limit the system does not refuse, but kills the process (SIGXFSZ).
bool files_may_have(std::size_t bytes) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes <= limit.rlim_cur &&
         bytes <= static_cast<std::size_t>(std::numeric_limits<off_t>::max());
}

}  // namespace

SharedMemory::SharedMemory(std::size_t bytes) {
  if (!make(bytes)) memory_.reset(new std::byte[bytes]);
}

SharedMemory::~SharedMemory() {
  if (file_ >= 0) ::close(file_);
}

bool SharedMemory::make(std::size_t bytes) {
  if (bytes == 0 || !files_may_have(bytes)) return false;
  file_ = ::memfd_create("evenkeel", MFD_CLOEXEC);
  struct stat status = {};
  if (file_ < 0 || ::posix_fallocate(file_, 0, static_cast<off_t>(bytes)) != 0 ||
      ::fstat(file_, &status) != 0) {
    return false;
  }
  memory_ = map(file_, bytes, PROT_READ | PROT_WRITE);
  if (!memory_) return false;
  address_ = {::getpid(), file_, static_cast<std::int64_t>(status.st_dev),
              static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(bytes)};
  return true;
}

// Checked before it is opened: another process may have got the same number.
std::shared_ptr<const std::byte[]> SharedMemory::open(const Address& address) {
  const std::string path = fmt::format("/proc/{}/fd/{}", address.process, address.descriptor);
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || status.st_size != address.bytes ||
      static_cast<std::int64_t>(status.st_dev) != address.device ||
      static_cast<std::int64_t>(status.st_ino) != address.inode) {
    return nullptr;
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  std::shared_ptr<const std::byte[]> memory =
      map(file, static_cast<std::size_t>(address.bytes), PROT_READ);
  ::close(file);
  return memory;
}

}  // namespace evenkeel

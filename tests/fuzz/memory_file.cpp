#include "fuzz/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "core/check.h"

namespace evenkeel {

MemoryFile::MemoryFile()
    : descriptor_(::memfd_create("evenkeel", MFD_CLOEXEC)),
      path_("/proc/self/fd/" + std::to_string(descriptor_)) {
  EVENKEEL_CHECK(descriptor_ >= 0);
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

void MemoryFile::hold(std::string_view bytes) const {
  EVENKEEL_CHECK(::ftruncate(descriptor_, 0) == 0);
  EVENKEEL_CHECK(::pwrite(descriptor_, bytes.data(), bytes.size(), 0) ==
                 static_cast<ssize_t>(bytes.size()));
}

}  // namespace evenkeel

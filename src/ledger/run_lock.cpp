#include "ledger/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <thread>

#include "evenkeel/error.h"
#include "ledger/ledger_place.h"

namespace evenkeel {
namespace {

// A ledger has one lock, whatever path names it.
std::string lock_of(const std::string& ledger) { return real_ledger(ledger) + ".lock"; }

constexpr std::string_view mark_text = "a run has begun in the ledger\n";

constexpr int most_tries = 5;
constexpr std::chrono::milliseconds between_tries{20};

}  // namespace

RunLock::RunLock(const std::string& ledger) {
  constexpr int everyone_as_umask_allows = 0666;
  const std::string path = lock_of(ledger);
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);  // others' files may be opened, not made
  if (descriptor_ < 0 && errno == ENOENT) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, everyone_as_umask_allows);
  }
  if (descriptor_ < 0) {
    throw UserError(
        fmt::format("{}: cannot be made: {}; check the ledger's folder, or choose another file",
                    path, std::generic_category().message(errno)));
  }
  // is_locked() holds it for a moment.
  int error = EWOULDBLOCK;
  for (int tries = 0; tries < most_tries && error == EWOULDBLOCK; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(between_tries);  // a signal handler may change errno
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    error = errno;
  }
  ::close(descriptor_);
  if (error == EWOULDBLOCK) {
    throw UserError(fmt::format(
        "{}: another run is writing to this ledger; wait for its end, or give another ledger",
        ledger));
  }
  throw UserError(fmt::format("{}: cannot be locked: {}; choose a ledger on another file system",
                              path, std::generic_category().message(error)));
}

RunLock::~RunLock() { ::close(descriptor_); }

void RunLock::mark() const {
  const ssize_t written = ::pwrite(descriptor_, mark_text.data(), mark_text.size(), 0);
  static_cast<void>(written);  // of a full disk, the ledger tells
}

bool RunLock::is_marked() const {
  struct stat about {};
  return ::fstat(descriptor_, &about) == 0 && about.st_size > 0;
}

bool is_locked(const std::string& ledger) {
  const int descriptor = ::open(lock_of(ledger).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return is_held;
}

}  // namespace evenkeel

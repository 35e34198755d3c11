#include "ledger/test_disk.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace evenkeel {
namespace {

DiskUse use;
std::int64_t fatal_write = 0;
std::function<void()> when_waiting;
sqlite3_vfs* real_disk = nullptr;
sqlite3_vfs test_disk;
sqlite3_io_methods methods;  // of its files

struct File {
  sqlite3_file base;
  sqlite3_file* real;  // lies behind this
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

bool is_fatal() { return ++use.writes == fatal_write; }

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  sqlite3_file* real = real_of(file);
  if (is_fatal()) {
    if (fatal_write % 2 == 0) real->pMethods->xWrite(real, bytes, size / 2, at);
    die();
  }
  return real->pMethods->xWrite(real, bytes, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (is_fatal()) die();
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}
int sync(sqlite3_file* file, int flags) {
  if (is_fatal()) die();
  ++use.syncs;
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}

// The others go to the disk as they are.
int close(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), bytes, size, at);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock(sqlite3_file* file, int kind) {
  return real_of(file)->pMethods->xLock(real_of(file), kind);
}
int unlock(sqlite3_file* file, int kind) {
  return real_of(file)->pMethods->xUnlock(real_of(file), kind);
}
int check_lock(sqlite3_file* file, int* is_held) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_held);
}
int control(sqlite3_file* file, int operation, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int characteristics(sqlite3_file* file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
int shared_map(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, memory);
}
int shared_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int shared_unmap(sqlite3_file* file, int remove) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

constexpr int with_shared_memory = 2;
constexpr int without_shared_memory = 1;

constexpr sqlite3_io_methods all_methods{with_shared_memory,
                                         close,
                                         read,
                                         write,
                                         truncate,
                                         sync,
                                         file_size,
                                         lock,
                                         unlock,
                                         check_lock,
                                         control,
                                         sector_size,
                                         characteristics,
                                         shared_map,
                                         shared_lock,
                                         shared_barrier,
                                         shared_unmap,
                                         nullptr,
                                         nullptr};

int open(sqlite3_vfs* /*disk*/, const char* name, sqlite3_file* memory, int flags, int* result) {
  File* file = new (memory) File{};
  file->real = reinterpret_cast<sqlite3_file*>(file + 1);
  const int status = real_disk->xOpen(real_disk, name, file->real, flags, result);
  file->base.pMethods = file->real->pMethods == nullptr ? nullptr : &methods;
  return status;
}
int remove(sqlite3_vfs* /*disk*/, const char* name, int sync_folder) {
  if (is_fatal()) die();
  return real_disk->xDelete(real_disk, name, sync_folder);
}
int wait(sqlite3_vfs* /*disk*/, int microseconds) {
  use.waited += std::chrono::microseconds(microseconds);
  if (when_waiting) std::exchange(when_waiting, nullptr)();
  return real_disk->xSleep(real_disk, microseconds);
}

}  // namespace

void use_test_disk(DiskKind kind) {
  methods = all_methods;
  methods.iVersion = kind == DiskKind::local ? with_shared_memory : without_shared_memory;
  use = {};
  fatal_write = 0;
  when_waiting = nullptr;
  if (real_disk != nullptr) return;
  real_disk = sqlite3_vfs_find(nullptr);
  test_disk = *real_disk;
  test_disk.zName = "test";
  test_disk.szOsFile = static_cast<int>(sizeof(File)) + real_disk->szOsFile;
  test_disk.xOpen = open;
  test_disk.xDelete = remove;
  test_disk.xSleep = wait;
  sqlite3_vfs_register(&test_disk, 1);
}

DiskUse disk_use() { return use; }

void kill_in_write(std::int64_t number) { fatal_write = use.writes + number; }

void when_sqlite_waits(std::function<void()> work) { when_waiting = std::move(work); }

}  // namespace evenkeel

#include "ledger/killing_disk.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <new>

namespace evenkeel {
namespace {

std::int64_t writes = 0;
std::int64_t fatal_write = 0;
sqlite3_vfs* real_disk = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real;  // lies behind this
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

bool is_fatal() { return ++writes == fatal_write; }

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

const sqlite3_io_methods methods{2,
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

}  // namespace

void kill_in_write(std::int64_t number) {
  fatal_write = number;
  real_disk = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs disk = *real_disk;
  disk.zName = "killing";
  disk.szOsFile = static_cast<int>(sizeof(File)) + real_disk->szOsFile;
  disk.xOpen = open;
  disk.xDelete = remove;
  sqlite3_vfs_register(&disk, 1);
}

std::int64_t writes_so_far() { return writes; }

}  // namespace evenkeel

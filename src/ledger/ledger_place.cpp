#include "ledger/ledger_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "evenkeel/error.h"
#include "ledger/run_lock.h"

namespace evenkeel {
namespace {

std::optional<struct stat> file_at(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return about;
}

bool is_same(const std::optional<struct stat>& file, const struct stat& other) {
  return file && file->st_dev == other.st_dev && file->st_ino == other.st_ino;
}

std::string names_fault(const std::string& path, const struct stat& file) {
  if (file.st_nlink <= 1) return "";
  return fmt::format("{}: has {} names (hard links), and a ledger must have one; remove the others",
                     path, file.st_nlink);
}

std::string moved_fault(const std::string& path) {
  return path + ": was deleted, renamed or replaced while the run writes to it; put it back";
}

void require_no(const std::string& fault) {
  if (!fault.empty()) throw UserError(fault);
}

}  // namespace

std::string real_ledger(const std::string& path) {
  constexpr int most_links = 40;
  std::error_code fault;
  std::filesystem::path real = path;
  for (int links = 0; links < most_links && std::filesystem::is_symlink(real, fault); ++links) {
    real = real.parent_path() / std::filesystem::read_symlink(real, fault);
  }
  real = std::filesystem::weakly_canonical(real, fault);
  return fault ? path : real.string();
}

std::string require_ledger(const std::string& path, bool is_new) {
  constexpr int everyone_as_umask_allows = 0666;
  if (const std::optional<struct stat> file = file_at(path)) {
    require_no(names_fault(path, *file));
    return path;
  }
  for (const char* const end : {".lock", "-wal", "-journal"}) {
    const std::optional<struct stat> left = file_at(real_ledger(path) + end);
    const bool is_log = end != std::string_view(".lock");
    const bool is_of_run = left && !is_new && (is_log || left->st_size > 0);  // has begun
    if (is_of_run && !file_at(path)) throw_run_gone(path);  // another job makes the file first
  }
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, everyone_as_umask_allows);
  if (file < 0) {
    throw UserError(
        fmt::format("{}: cannot be made: {}; check the ledger's folder, or choose another file",
                    path, std::generic_category().message(errno)));
  }
  ::close(file);
  return path;
}

void throw_run_gone(const std::string& path) {
  throw UserError(fmt::format(
      "{}: the run is gone that has left a lock or log beside it; restore the file, or give --new "
      "to begin another run",
      path));
}

// SQLite loses its locks if a process closes another descriptor of the file, but not one of a path.
LedgerPlace::LedgerPlace(const std::string& path, SQLite::Database& database)
    : path_(path),
      ways_{std::filesystem::absolute(path).string(),
            sqlite3_db_filename(database.getHandle(), "main")},
      held_(::open(ways_[1].c_str(), O_PATH | O_CLOEXEC)) {
  try {
    if (held_ < 0 || ::fstat(held_, &file_) != 0) throw UserError(moved_fault(path_));
    opened(database);
  } catch (const UserError&) {
    ::close(held_);
    throw;
  }
}

LedgerPlace::~LedgerPlace() { ::close(held_); }

void LedgerPlace::opened(SQLite::Database& database) {
  int has_moved = 0;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (has_moved != 0) throw UserError(moved_fault(path_));
  log_ = file_at(ways_[1] + "-wal");
  require();
  note();
}

std::string LedgerPlace::fault() const {
  for (const std::string& way : ways_) {
    const std::optional<struct stat> file = file_at(way);
    if (!is_same(file, file_)) return moved_fault(path_);
    if (file->st_nlink > 1) return names_fault(path_, *file);
  }
  const std::string log = ways_[1] + "-wal";
  return !log_ || is_same(file_at(log), *log_) ? "" : moved_fault(log);
}

void LedgerPlace::require() const { require_no(fault()); }

bool LedgerPlace::is_used_elsewhere() const {
  std::error_code fault;
  const std::filesystem::path now =
      std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", held_), fault);
  return !fault && now != ways_[1] && is_locked(now.string());
}

// Without a log, SQLite reads again what others have written. There the time of a file's last
// change may come late, from another machine.
bool LedgerPlace::is_as_noted() const {
  if (!log_) return true;
  const std::optional<struct stat> file = file_at(ways_[1]);
  return file && file->st_size == file_.st_size && file->st_mtim.tv_sec == file_.st_mtim.tv_sec &&
         file->st_mtim.tv_nsec == file_.st_mtim.tv_nsec;
}

void LedgerPlace::note() {
  const std::optional<struct stat> file = file_at(ways_[1]);
  if (is_same(file, file_)) file_ = *file;
}

}  // namespace evenkeel

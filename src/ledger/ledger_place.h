// Where a ledger's files are.
#pragma once

#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <array>
#include <optional>
#include <string>

namespace evenkeel {

// The file that the path leads to, though it may not be there, without symbolic links.
std::string real_ledger(const std::string& path);

// Makes the file if it is not there, with the rights that the umask leaves. Returns `path`. Throws
// UserError if the file has several names (hard links), or is not there while the lock or the log
// of a run is, unless `is_new`.
std::string require_ledger(const std::string& path, bool is_new);

[[noreturn]] void throw_run_gone(const std::string& path);

// The place of an open ledger. SQLite finds a write-ahead log by the path: under two names, or in
// place of another file, a ledger has two logs.
class LedgerPlace {
 public:
  // Of what the database has opened.
  LedgerPlace(const std::string& path, SQLite::Database& database);
  ~LedgerPlace();
  LedgerPlace(const LedgerPlace&) = delete;
  LedgerPlace& operator=(const LedgerPlace&) = delete;

  // Empty if the path leads to the file, by that name only, and the log is there; or else a text
  // for users.
  std::string fault() const;
  void require() const;  // throws UserError

  // Whether a run writes to the file by another name, which it has got.
  bool is_used_elsewhere() const;

  // The database is open, with its log, or closed. Throws UserError if that is another file.
  void opened(SQLite::Database& database);
  void closed() { log_.reset(); }

  // Whether the file is as it was noted, after the last write.
  bool is_as_noted() const;
  void note();

 private:
  std::string path_;
  std::array<std::string, 2> ways_;  // as it was given, and the real one
  int held_ = -1;                    // so that no other file gets the number of one that is deleted
  struct stat file_ {};
  std::optional<struct stat> log_;
};

}  // namespace evenkeel

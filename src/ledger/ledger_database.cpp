#include "ledger/ledger_database.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "evenkeel/error.h"
#include "ledger/file_system.h"
#include "ledger/schema.h"

namespace evenkeel {
namespace {

// Without a write-ahead log, a reader may block the ledger for a moment.
constexpr int busy_ms = 2000;

std::int64_t pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(fmt::format("PRAGMA {}", name)).getInt64();
}

void check_version(SQLite::Database& database, const std::string& path) {
  if (pragma(database, "application_id") != ledger_application) {
    throw UserError(fmt::format(
        "{}: is not a ledger, but a database of another program; give another file", path));
  }
  const std::int64_t version = pragma(database, "user_version");
  if (version == ledger_version) return;
  throw UserError(
      fmt::format("{}: is a ledger of version {}, and this evenkeel knows version {}; use the one "
                  "that has written it, or another ledger",
                  path, version, ledger_version));
}

void check_whole(SQLite::Database& database, const std::string& path) {
  const std::string verdict = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict != "ok") throw_damaged(path);
}

bool is_empty(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt64() == 0 &&
         pragma(database, "application_id") == 0;
}

// ":memory:", "" and "file:a?mode=memory" mean something else to SQLite.
std::string plain_name(const std::string& path) { return std::filesystem::absolute(path).string(); }

}  // namespace

std::string ledger_file(const std::string& path) {
  std::error_code unknown;  // then opening it meets the fault
  if (!std::filesystem::is_directory(path, unknown)) return path;
  throw UserError(fmt::format("{}: is a folder; a ledger is a file, such as {}", path,
                              (std::filesystem::path(path) / "run.db").string()));
}

SQLite::Database open_ledger(const std::string& path) {
  return with_ledger_faults(path, [&] {
    SQLite::Database database(plain_name(path), SQLite::OPEN_READWRITE, busy_ms);
    const bool is_new = is_empty(database);
    if (!is_new) {
      check_version(database, path);
      check_whole(database, path);
    }
    if (is_new) {  // into the file, and not only into its log
      database.exec("BEGIN IMMEDIATE");
      database.exec(ledger_schema());
      database.exec("COMMIT");
    }
    const char* journal = is_on_local_disk(path) ? "WAL" : "TRUNCATE";
    database.execAndGet(fmt::format("PRAGMA journal_mode = {}", journal));
    return database;
  });
}

SQLite::Database open_ledger_to_read(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(ledger_file(path), unknown)) {
    throw UserError(
        fmt::format("{}: there is no such file; give a ledger that 'evenkeel run "
                    "--ledger' has written",
                    path));
  }
  const auto open = [&](int flags) {
    SQLite::Database database(plain_name(path), flags, busy_ms);
    check_version(database, path);
    return database;
  };
  return with_ledger_faults(path, [&] {
    try {
      return open(SQLite::OPEN_READONLY);
    } catch (const SQLite::Exception& error) {
      // Only a process with write access can roll back a killed writer's transaction.
      if (error.getErrorCode() != SQLITE_READONLY) throw;
      return open(SQLite::OPEN_READWRITE);
    }
  });
}

void throw_damaged(const std::string& path) {
  throw UserError(
      fmt::format("{}: is damaged; restore a copy of it, or begin another ledger", path));
}

void throw_ledger_fault(const std::string& path, const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
      throw UserError(fmt::format(
          "{}: cannot be written: the disk is full; free space, or give another ledger", path));
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw UserError(fmt::format(
          "{}: cannot be written: the file, or its folder, is read-only; change that, or "
          "give another ledger",
          path));
    case SQLITE_CANTOPEN:
      throw UserError(fmt::format(
          "{}: cannot be opened; check its folder and permissions, or give another ledger", path));
    case SQLITE_NOTADB:
      throw UserError(fmt::format("{}: is not a ledger; give another file", path));
    case SQLITE_CORRUPT:
      throw_damaged(path);
    case SQLITE_BUSY:
      throw UserError(fmt::format(
          "{}: another program holds it locked; end that, or give another ledger", path));
    default:
      throw UserError(fmt::format("{}: {} ({}); check its disk, or give another ledger", path,
                                  error.getErrorStr(), error.what()));
  }
}

}  // namespace evenkeel

// A ledger's file as an open database.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>

namespace evenkeel {

// The path, unless it is a folder's: throws UserError.
std::string ledger_file(const std::string& path);

// Opens a ledger for writing; an empty file becomes one. With a write-ahead log on a local disk,
// with a rollback journal elsewhere. Throws UserError if it cannot be opened or written, is not a
// ledger, is damaged, or has a newer version.
SQLite::Database open_ledger(const std::string& path);

// Opens a ledger for reading; it may be in use. Throws UserError.
SQLite::Database open_ledger_to_read(const std::string& path);

// Formats a message about a ledger: the thing, the fault, the next step.
[[noreturn]] void throw_damaged(const std::string& path);
[[noreturn]] void throw_ledger_fault(const std::string& path, const SQLite::Exception& error);

// Runs code that uses the database of `path`. Turns SQLite's exceptions into UserError.
template <typename Work>
auto with_ledger_faults(const std::string& path, Work work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    throw_ledger_fault(path, error);
  }
}

}  // namespace evenkeel

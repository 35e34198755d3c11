// A ledger's file as an open database.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>

namespace evenkeel {

// Opens a ledger to write to it, or makes an empty one; with a write-ahead log on a local disk, and
// a rollback journal elsewhere. Throws UserError: it cannot be opened or written, is no ledger, is
// damaged, or is of a newer version.
SQLite::Database open_ledger(const std::string& path);

// Opens one to read it, which may be in use. Throws UserError.
SQLite::Database open_ledger_to_read(const std::string& path);

// Says of a ledger what has happened to it: the thing, the fault, the next step.
[[noreturn]] void throw_ledger_fault(const std::string& path, const SQLite::Exception& error);

// Runs what speaks to the database of `path`. Throws UserError in place of SQLite's exceptions.
template <typename Work>
auto with_ledger_faults(const std::string& path, Work work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    throw_ledger_fault(path, error);
  }
}

}  // namespace evenkeel

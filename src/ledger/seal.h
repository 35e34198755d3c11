// What tells that a ledger is as the job that writes it has left it.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>

namespace evenkeel {

struct Sealed {
  std::int64_t owner = 0;  // a random number of the job that writes
  std::int64_t commits = 0;
  std::int64_t rows = 0;  // those that decide what is done
  std::uint64_t checksum = 0;

  friend bool operator==(const Sealed&, const Sealed&) = default;
};

// What is on record; all 0 in an empty ledger.
Sealed sealed_in(SQLite::Database& database);

// The rows and the checksum follow what this connection writes and deletes.
class Seal {
 public:
  // Reads all rows. Within a transaction, as others may write. The seal must outlive the use of the
  // database.
  explicit Seal(SQLite::Database& database);
  Seal(const Seal&) = delete;
  Seal& operator=(const Seal&) = delete;

  // Whether the rows are those that were sealed.
  bool holds() const;
  void write() const;

  Sealed now;

 private:
  SQLite::Database& database_;
};

}  // namespace evenkeel

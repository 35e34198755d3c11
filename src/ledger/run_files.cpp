#include "ledger/run_files.h"

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>

#include "dataset/file_digests.h"
#include "ledger/ledger_database.h"

namespace evenkeel {

void write_own_files(SQLite::Database& database, const std::vector<std::string>& own_files) {
  SQLite::Statement row(database, "INSERT OR IGNORE INTO own_file (path) VALUES (?)");
  for (const std::string& path : own_files) {
    row.reset();
    row.bind(1, path);
    row.exec();
  }
}

std::vector<std::string> read_own_files(const std::string& ledger) {
  std::vector<std::string> own_files;
  std::error_code none;
  if (std::filesystem::file_size(ledger, none) == 0 || none) return own_files;
  with_ledger_faults(ledger, [&] {
    SQLite::Database database = open_ledger_to_read(ledger);
    SQLite::Statement rows(database, "SELECT path FROM own_file");
    while (rows.executeStep()) own_files.push_back(rows.getColumn(0).getString());
  });
  return own_files;
}

void write_file_digests(SQLite::Database& database, const Dataset& dataset) {
  const std::vector<std::uint64_t> digests = file_digests(dataset);
  SQLite::Statement row(database, "INSERT OR REPLACE INTO files (dataset, digests) VALUES (0, ?)");
  row.bind(1, digests.data(), static_cast<int>(std::span(digests).size_bytes()));
  row.exec();
}

std::string changed_file(SQLite::Database& database, const Dataset& dataset) {
  SQLite::Statement row(database, "SELECT digests FROM files WHERE dataset = 0");
  if (!row.executeStep()) return "";
  const SQLite::Column blob = row.getColumn(0);
  std::vector<std::uint64_t> digests(static_cast<std::size_t>(blob.getBytes()) /
                                     sizeof(std::uint64_t));
  if (!digests.empty())
    std::memcpy(digests.data(), blob.getBlob(), std::span(digests).size_bytes());
  return changed_file(digests, dataset);
}

}  // namespace evenkeel

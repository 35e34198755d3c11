#include "ledger/seal.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <array>
#include <bit>
#include <string>
#include <string_view>

#include "core/random.h"

namespace evenkeel {
namespace {

constexpr std::array tables{"term",       "incarnation",      "generation",      "span",
                            "checkpoint", "checkpoint_whole", "checkpoint_done", "set_aside",
                            "own_file"};

std::uint64_t hash_of(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return static_cast<std::uint64_t>(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return std::bit_cast<std::uint64_t>(sqlite3_value_double(value) + 0.0);  // -0 is stored as 0
    case SQLITE_NULL:
      return 0;
    default: {
      const void* const bytes = sqlite3_value_blob(value);
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
      std::uint64_t hash = size;
      for (const char c : std::string_view(static_cast<const char*>(bytes), size)) {
        hash = mix_pair(hash, static_cast<unsigned char>(c));
      }
      return hash;
    }
  }
}

// count_row(1 or -1, table, columns...): the checksum is the sum of the rows' hashes.
void count_row(sqlite3_context* context, int count, sqlite3_value** values) {
  auto& sum = *static_cast<Sealed*>(sqlite3_user_data(context));
  const sqlite3_int64 sign = sqlite3_value_int64(values[0]);
  std::uint64_t hash = 0;
  for (int i = 1; i < count; ++i) {
    hash = mix_pair(mix_pair(hash, static_cast<std::uint64_t>(sqlite3_value_type(values[i]))),
                    hash_of(values[i]));
  }
  sum.rows += sign;
  sum.checksum += static_cast<std::uint64_t>(sign) * hash;
  sqlite3_result_int(context, 0);
}

// A call of count_row; `row`: "", "NEW." or "OLD.".
std::string call(SQLite::Database& database, const char* table, int sign, const char* row) {
  const std::string columns =
      database
          .execAndGet(fmt::format("SELECT group_concat('{}\"' || name || '\"') "
                                  "FROM pragma_table_info('{}')",
                                  row, table))
          .getString();
  return fmt::format("count_row({}, '{}', {})", sign, table, columns);
}

}  // namespace

Sealed sealed_in(SQLite::Database& database) {
  Sealed sealed;
  SQLite::Statement row(database, "SELECT owner, commits, rows, checksum FROM seal");
  if (!row.executeStep()) return sealed;
  sealed.owner = row.getColumn(0).getInt64();
  sealed.commits = row.getColumn(1).getInt64();
  sealed.rows = row.getColumn(2).getInt64();
  sealed.checksum = static_cast<std::uint64_t>(row.getColumn(3).getInt64());
  return sealed;
}

Seal::Seal(SQLite::Database& database) : database_(database) {
  database.createFunction("count_row", -1, false, &now, count_row, nullptr, nullptr, nullptr);
  // What the tables are, and how they are read.
  database.execAndGet(
      fmt::format("SELECT count(count_row(1, type, name, sql)) FROM sqlite_master "
                  "WHERE name IN ('{}', 'line', 'spans')",
                  fmt::join(tables, "', '")));
  now.rows = 0;
  database.exec("PRAGMA recursive_triggers = ON");  // for rows that are replaced
  for (const char* const table : tables) {
    database.execAndGet(
        fmt::format("SELECT count({}) FROM {}", call(database, table, 1, ""), table));
    database.exec(
        fmt::format("CREATE TEMP TRIGGER {0}_in AFTER INSERT ON main.{0} BEGIN SELECT {1}; END;"
                    "CREATE TEMP TRIGGER {0}_out AFTER DELETE ON main.{0} BEGIN SELECT {2}; END",
                    table, call(database, table, 1, "NEW."), call(database, table, -1, "OLD.")));
  }
  const Sealed then = sealed_in(database);
  now.owner = then.owner;
  now.commits = then.commits;
}

bool Seal::holds() const {
  const Sealed then = sealed_in(database_);
  return then == now || (then == Sealed() && now.rows == 0);
}

void Seal::write() const {
  SQLite::Statement row(database_,
                        "INSERT OR REPLACE INTO seal (one, owner, commits, rows, checksum) "
                        "VALUES (1, ?, ?, ?, ?)");
  row.bind(1, now.owner);
  row.bind(2, now.commits);
  row.bind(3, now.rows);
  row.bind(4, static_cast<std::int64_t>(now.checksum));
  row.exec();
}

}  // namespace evenkeel

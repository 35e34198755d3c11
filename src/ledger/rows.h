// Records as rows of a ledger's tables: declared, written and read by the lists of
// record_columns.h.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/record_columns.h"
#include "coordinator/record_names.h"
#include "core/time.h"

namespace evenkeel {

// The columns of some records, as "name TYPE, name TYPE" for CREATE TABLE, or as "name, name".
class ColumnList {
 public:
  enum class Types { with, without };

  explicit ColumnList(Types types, std::string_view before = "") : types_(types), text_(before) {}

  template <typename Record>
  void add() {
    Record record{};
    columns(*this, record);
  }
  void operator()(const char* name, const auto& field) {
    text_ += text_.empty() ? "" : ", ";
    text_ += name;
    if (types_ == Types::with) text_ += type_of(field);
  }
  const std::string& text() const { return text_; }

 private:
  static const char* type_of(const std::string&) { return " TEXT"; }
  static const char* type_of(WorkerState) { return " TEXT"; }
  static const char* type_of(EventKind) { return " TEXT"; }
  static const char* type_of(const CheckpointTag&) { return " TEXT"; }
  static const char* type_of(double) { return " REAL"; }
  static const char* type_of(Duration) { return " REAL"; }
  static const char* type_of(Instant) { return " REAL"; }
  static const char* type_of(Position) { return " INTEGER"; }
  static const char* type_of(std::integral auto) { return " INTEGER"; }
  template <typename Tag, typename Value>
  static const char* type_of(Identity<Tag, Value>) {
    return " INTEGER";
  }

  Types types_;
  std::string text_;
};

template <typename... Records>
std::string column_names(std::string_view before = "") {
  ColumnList list(ColumnList::Types::without, before);
  (list.add<Records>(), ...);
  return list.text();
}

// Writes rows: the columns `keys` ("name, name"), then the columns of the records.
template <typename... Records>
class RowWriter {
 public:
  RowWriter(SQLite::Database& database, std::string_view table, std::string_view keys)
      : statement_(database, insertion(table, column_names<Records...>(keys))) {}

  // Writes a row; replaces one with the same primary key.
  void write(const auto&... values) {
    statement_.reset();
    at_ = 0;
    (put(values), ...);
    statement_.exec();
  }

  void operator()(const char* /*name*/, const auto& field) { put(field); }

 private:
  static std::string insertion(std::string_view table, const std::string& names) {
    std::string marks = "?";
    for (auto commas = std::ranges::count(names, ','); commas > 0; --commas) marks += ",?";
    return fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", table, names, marks);
  }

  template <typename Value>
  void put(const Value& value) {
    if constexpr (requires { columns(*this, value); }) {
      columns(*this, value);
    } else {
      bind(value);
    }
  }
  void bind(const std::string& text) { statement_.bind(++at_, text); }
  void bind(const char* text) { statement_.bind(++at_, text); }
  void bind(double number) { statement_.bind(++at_, number); }
  void bind(std::integral auto number) {
    statement_.bind(++at_, static_cast<std::int64_t>(number));
  }
  void bind(WorkerState state) { bind(std::string(state_name(state))); }
  void bind(EventKind kind) { bind(std::string(event_name(kind))); }
  void bind(const CheckpointTag& tag) { bind(std::string(tag.text())); }
  void bind(Duration time) { bind(to_seconds(time)); }
  void bind(Instant time) { bind(to_seconds(time)); }
  void bind(Position position) { bind(position.value()); }
  template <typename Tag, typename Value>
  void bind(Identity<Tag, Value> identity) {
    bind(identity.value());
  }

  SQLite::Statement statement_;
  int at_ = 0;
};

// Reads rows: the columns `keys`, then the columns of the records.
template <typename... Records>
class RowReader {
 public:
  // `from`: "table WHERE name = ? ORDER BY name", with the values for its question marks.
  RowReader(SQLite::Database& database, std::string_view keys, std::string_view from,
            std::int64_t of)
      : RowReader(database, keys, from) {
    statement_.bind(1, of);
  }
  RowReader(SQLite::Database& database, std::string_view keys, std::string_view from)
      : statement_(database,
                   fmt::format("SELECT {} FROM {}", column_names<Records...>(keys), from)) {}

  bool next() {
    at_ = -1;
    return statement_.executeStep();
  }

  // The current row of next().
  void read(auto&... values) { (take(values), ...); }

  void operator()(const char* /*name*/, auto& field) { take(field); }

 private:
  template <typename Value>
  void take(Value& value) {
    if constexpr (requires { columns(*this, value); }) {
      columns(*this, value);
    } else {
      fetch(value);
    }
  }
  SQLite::Column column() { return statement_.getColumn(++at_); }
  void fetch(std::string& text) { text = column().getString(); }
  void fetch(double& number) { number = column().getDouble(); }
  void fetch(bool& flag) { flag = column().getInt() != 0; }
  template <std::integral Number>
  void fetch(Number& number) {
    const std::int64_t value = column().getInt64();
    if (sizeof(Number) < sizeof value && !std::in_range<Number>(value)) damaged();
    number = static_cast<Number>(value);
  }
  void fetch(WorkerState& state) { state = known(state_named(column().getString())); }
  void fetch(EventKind& kind) { kind = known(event_named(column().getString())); }
  template <typename Value>
  static Value known(const std::optional<Value>& value) {
    if (!value) damaged();
    return *value;
  }
  [[noreturn]] static void damaged() {
    throw SQLite::Exception("a value that evenkeel does not write", SQLITE_CORRUPT);
  }
  void fetch(CheckpointTag& tag) {
    tag = CheckpointTag::from(column().getString()).value_or(CheckpointTag());
  }
  void fetch(Duration& time) { time = from_seconds(column().getDouble()); }
  void fetch(Instant& time) { time = instant_at(column().getDouble()); }
  void fetch(Position& position) { position = Position(column().getInt64()); }
  template <typename Tag, typename Value>
  void fetch(Identity<Tag, Value>& identity) {
    Value value{};
    fetch(value);
    identity = Identity<Tag, Value>(value);
  }

  SQLite::Statement statement_;
  int at_ = -1;
};

template <typename Record>
std::vector<Record> all_rows(SQLite::Database& database, std::string_view from, std::int64_t of) {
  std::vector<Record> records;
  RowReader<Record> rows(database, "", from, of);
  while (rows.next()) rows.read(records.emplace_back());
  return records;
}

}  // namespace evenkeel

#include "ledger/done_spans.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "evenkeel/error.h"
#include "ledger/record_columns.h"

namespace evenkeel {
namespace {

// The leading epochs that are done to the last position become whole ones.
void count_whole_epochs(std::int64_t samples, DoneWork& done) {
  for (auto first = done.parts.begin();
       first != done.parts.end() && first->first == Epoch(done.whole_epochs) &&
       first->second.samples() == samples;
       first = done.parts.erase(first)) {
    ++done.whole_epochs;
  }
}

// Rows of (epoch, begin, end).
void collect(SQLite::Statement& rows, const std::string& path, std::int64_t samples,
             DoneWork& done) {
  while (rows.executeStep()) {
    const std::int64_t epoch = rows.getColumn(0).getInt64();
    const Interval interval{Position(rows.getColumn(1).getInt64()),
                            Position(rows.getColumn(2).getInt64())};
    const bool is_valid = epoch >= 0 && epoch < std::numeric_limits<std::int32_t>::max() &&
                          interval.begin.value() >= 0 && !interval.empty() &&
                          interval.end.value() <= samples;
    const Epoch key(static_cast<std::int32_t>(epoch));
    if (is_valid && done.parts[key].insert(interval)) continue;
    throw UserError(
        fmt::format("{}: is damaged: positions {} to {} of epoch {} are {}; restore a copy of it, "
                    "or begin another ledger",
                    path, interval.begin.value(), interval.end.value(), epoch,
                    is_valid ? "there twice" : "none of the dataset's"));
  }
  count_whole_epochs(samples, done);
}

std::int64_t samples_of_run(SQLite::Database& database) {
  return database.execAndGet("SELECT samples FROM incarnation ORDER BY number LIMIT 1").getInt64();
}

}  // namespace

DoneWork done_in_spans(SQLite::Database& database, const std::string& path) {
  DoneWork done;
  SQLite::Statement rows(database, "SELECT epoch, begin, end FROM spans ORDER BY epoch, begin");
  collect(rows, path, samples_of_run(database), done);
  return done;
}

DoneWork checkpoint_done(SQLite::Database& database, const std::string& path,
                         std::int64_t checkpoint) {
  DoneWork done;
  SQLite::Statement whole(database, "SELECT whole_epochs FROM checkpoint WHERE id = ?");
  whole.bind(1, checkpoint);
  if (whole.executeStep()) done.whole_epochs = whole.getColumn(0).getInt();
  SQLite::Statement rows(database,
                         "SELECT epoch, begin, end FROM checkpoint_done WHERE checkpoint = ? "
                         "ORDER BY epoch, begin");
  rows.bind(1, checkpoint);
  collect(rows, path, samples_of_run(database), done);
  return done;
}

DoneWork done_in_steps(const BatchLine& line, std::int64_t step) {
  DoneWork done;
  const std::int64_t each = line.steps_an_epoch();
  done.whole_epochs = static_cast<std::int32_t>(step / each);
  const Interval begun{Position(0), line.batch(step).begin};
  if (begun.empty()) return done;
  static_cast<void>(done.parts[Epoch(done.whole_epochs)].insert(begun));
  return done;
}

void replace_spans(SQLite::Database& database, std::int64_t generation, Epoch epoch,
                   Interval interval) {
  SQLite::Statement forget(database,
                           "DELETE FROM span WHERE generation = ? AND epoch = ? AND begin >= ? "
                           "AND begin < ?");
  SQLite::Statement insert(database,
                           "INSERT INTO span (generation, epoch, begin, end) VALUES (?, ?, ?, ?)");
  for (SQLite::Statement* statement : {&forget, &insert}) {
    ColumnWriter values(*statement);
    values.put(generation).put(epoch.value()).put(interval.begin.value());
    values.put(interval.end.value());
    statement->exec();
  }
}

std::int64_t merge_spans(SQLite::Database& database, std::int64_t generation,
                         const std::vector<Span>& open) {
  struct Row {
    std::int64_t epoch;
    std::int64_t begin;
    std::int64_t end;
    std::int64_t rows;
  };
  std::set<std::pair<std::int64_t, std::int64_t>> growing;
  for (const Span& span : open) growing.emplace(span.epoch.value(), span.interval.begin.value());
  std::vector<Row> merged;
  SQLite::Statement rows(
      database, "SELECT epoch, begin, end FROM span WHERE generation = ? ORDER BY epoch, begin");
  rows.bind(1, generation);
  while (rows.executeStep()) {
    const Row row{rows.getColumn(0).getInt64(), rows.getColumn(1).getInt64(),
                  rows.getColumn(2).getInt64(), 1};
    if (growing.contains({row.epoch, row.begin})) continue;
    if (!merged.empty() && merged.back().epoch == row.epoch && merged.back().end == row.begin) {
      merged.back().end = row.end;
      ++merged.back().rows;
    } else {
      merged.push_back(row);
    }
  }
  std::erase_if(merged, [](const Row& row) { return row.rows == 1; });
  for (const Row& row : merged) {
    replace_spans(database, generation, Epoch(static_cast<std::int32_t>(row.epoch)),
                  {Position(row.begin), Position(row.end)});
  }
  return database.execAndGet("SELECT count(*) FROM span").getInt64();
}

}  // namespace evenkeel

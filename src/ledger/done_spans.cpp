#include "ledger/done_spans.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "evenkeel/error.h"
#include "ledger/rows.h"

namespace evenkeel {
namespace {

// Turns leading epochs that are entirely done into whole epochs.
void count_whole_epochs(std::int64_t samples, DoneWork& done) {
  for (auto first = done.parts.begin();
       first != done.parts.end() && first->first == pass_of(done.whole_epochs) &&
       first->second.samples() == samples;
       first = done.parts.erase(first)) {
    ++done.whole_epochs;
  }
}

void collect(RowReader<Pass, Interval> rows, const std::string& path, std::int64_t samples,
             DoneWork& done) {
  while (rows.next()) {
    Pass pass;
    Interval interval;
    rows.read(pass, interval);
    const bool is_valid = pass.dataset == DatasetIndex() && pass.epoch >= Epoch(0) &&
                          interval.begin.value() >= 0 && !interval.empty() &&
                          interval.end.value() <= samples;
    if (is_valid && done.parts[pass].insert(interval)) continue;
    throw UserError(
        fmt::format("{}: is damaged: positions {} to {} of epoch {} are {}; restore a copy of it, "
                    "or begin another ledger",
                    path, interval.begin.value(), interval.end.value(), pass.epoch.value(),
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
  collect({database, "", "spans ORDER BY dataset, epoch, begin"}, path, samples_of_run(database),
          done);
  return done;
}

DoneWork checkpoint_done(SQLite::Database& database, const std::string& path,
                         std::int64_t checkpoint) {
  DoneWork done;
  RowReader<> whole(database, "epochs", "checkpoint_whole WHERE checkpoint = ?", checkpoint);
  if (whole.next()) whole.read(done.whole_epochs);
  collect({database, "", "checkpoint_done WHERE checkpoint = ? ORDER BY dataset, epoch, begin",
           checkpoint},
          path, samples_of_run(database), done);
  return done;
}

DoneWork done_in_steps(const BatchLine& line, std::int64_t step) {
  DoneWork done;
  const std::int64_t each = line.steps_an_epoch();
  done.whole_epochs = static_cast<std::int32_t>(step / each);
  const Interval begun{Position(0), line.batch(step).begin};
  if (begun.empty()) return done;
  static_cast<void>(done.parts[pass_of(done.whole_epochs)].insert(begun));
  return done;
}

void replace_spans(SQLite::Database& database, std::int64_t generation, Pass pass,
                   Interval interval) {
  SQLite::Statement forget(database,
                           "DELETE FROM span WHERE generation = ? AND dataset = ? AND epoch = ? "
                           "AND begin >= ? AND begin < ?");
  forget.bind(1, generation);
  forget.bind(2, pass.dataset.value());
  forget.bind(3, pass.epoch.value());
  forget.bind(4, interval.begin.value());
  forget.bind(5, interval.end.value());
  forget.exec();
  RowWriter<Pass, Interval>(database, "span", "generation").write(generation, pass, interval);
}

std::int64_t merge_spans(SQLite::Database& database, std::int64_t generation,
                         const std::vector<Span>& open) {
  struct Row {
    Pass pass;
    Interval interval;
    std::int64_t rows = 1;
  };
  std::set<std::pair<Pass, Position>> growing;
  for (const Span& span : open) growing.emplace(span.pass, span.interval.begin);
  std::vector<Row> merged;
  RowReader<Pass, Interval> rows(
      database, "", "span WHERE generation = ? ORDER BY dataset, epoch, begin", generation);
  while (rows.next()) {
    Row row;
    rows.read(row.pass, row.interval);
    if (growing.contains({row.pass, row.interval.begin})) continue;
    if (!merged.empty() && merged.back().pass == row.pass &&
        merged.back().interval.end == row.interval.begin) {
      merged.back().interval.end = row.interval.end;
      ++merged.back().rows;
    } else {
      merged.push_back(row);
    }
  }
  std::erase_if(merged, [](const Row& row) { return row.rows == 1; });
  for (const Row& row : merged) replace_spans(database, generation, row.pass, row.interval);
  return database.execAndGet("SELECT count(*) FROM span").getInt64();
}

}  // namespace evenkeel

#include "ledger/recorded_run.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <utility>

#include "evenkeel/error.h"
#include "ledger/ledger_database.h"
#include "ledger/record_columns.h"

namespace evenkeel {
namespace {

template <typename Record>
std::string names_of() {
  ColumnNames names;
  Record record;
  columns(names, record);
  return names.names();
}

void read_incarnation(SQLite::Database& database, const std::string& path, RecordedRun& run) {
  SQLite::Statement row(
      database,
      fmt::format("SELECT number, state, written_at, resumed_tag, {}, {}, {} "
                  "FROM incarnation ORDER BY number DESC LIMIT 1",
                  names_of<JobDescription>(), names_of<JobRecord>(), names_of<StepRecord>()));
  if (!row.executeStep()) {
    throw UserError(fmt::format("{}: holds no run yet; look again when one has begun", path));
  }
  ColumnReader reader(row, 0);
  reader("", run.incarnation);
  reader("", run.state);
  reader("", run.written_at);
  reader("", run.resumed_tag);
  columns(reader, run.description);
  columns(reader, run.job);
  StepRecord steps;
  columns(reader, steps);
  if (run.description.mode == "step") run.steps = steps;
}

void read_workers(SQLite::Database& database, RecordedRun& run) {
  SQLite::Statement rows(database, fmt::format("SELECT host, {} FROM worker WHERE incarnation = ? "
                                               "ORDER BY rank",
                                               names_of<WorkerRecord>()));
  rows.bind(1, run.incarnation);
  while (rows.executeStep()) {
    ColumnReader reader(rows, 0);
    reader("", run.hosts.emplace_back());
    columns(reader, run.workers.emplace_back());
  }
}

void read_events(SQLite::Database& database, RecordedRun& run) {
  SQLite::Statement rows(database,
                         "SELECT t, rank, kind, before, after, samples, step, steps_to_plan, "
                         "lost_s, tag FROM event WHERE incarnation = ? ORDER BY rowid");
  rows.bind(1, run.incarnation);
  std::vector<Event> events;
  while (rows.executeStep()) {
    Event event{};
    std::string kind;
    std::string tag;
    ColumnReader reader(rows, 0);
    reader("", event.time);
    reader("", event.rank);
    reader("", kind);
    reader("", event.before);
    reader("", event.after);
    reader("", event.samples);
    reader("", event.step);
    reader("", event.steps_to_plan);
    reader("", event.lost_s);
    reader("", tag);
    const std::optional<EventKind> known = event_named(kind);
    if (!known) continue;
    event.kind = *known;
    event.tag = CheckpointTag::from(tag).value_or(CheckpointTag());
    events.push_back(event);
  }
  SQLite::Statement left_out(database, "SELECT events_left_out FROM incarnation WHERE number = ?");
  left_out.bind(1, run.incarnation);
  left_out.executeStep();
  run.events = KeptEvents(std::move(events), left_out.getColumn(0).getInt64());
}

void read_set_aside(SQLite::Database& database, RecordedRun& run) {
  SQLite::Statement rows(database,
                         "SELECT epoch, path, first, count FROM set_aside WHERE incarnation = ? "
                         "ORDER BY rowid");
  rows.bind(1, run.incarnation);
  while (rows.executeStep()) {
    SetAsideSamples& samples = run.set_aside.emplace_back();
    std::int32_t epoch = 0;
    ColumnReader reader(rows, 0);
    reader("", epoch);
    reader("", samples.path);
    reader("", samples.first);
    reader("", samples.count);
    samples.epoch = Epoch(epoch);
  }
}

}  // namespace

RecordedRun read_run(const std::string& path) {
  SQLite::Database database = open_ledger_to_read(path);
  return with_ledger_faults(path, [&] {
    RecordedRun run;
    database.exec("BEGIN");  // all of it as of one commit
    read_incarnation(database, path, run);
    read_workers(database, run);
    read_events(database, run);
    read_set_aside(database, run);
    return run;
  });
}

std::vector<WorkerProgress> read_progress(const std::string& path, const RecordedRun& run) {
  SQLite::Database database = open_ledger_to_read(path);
  return with_ledger_faults(path, [&] {
    SQLite::Statement rows(database,
                           "SELECT rank, t, steps, cost, busy_s FROM progress "
                           "WHERE incarnation = ? ORDER BY rank, t");
    rows.bind(1, run.incarnation);
    std::vector<WorkerProgress> progress;
    while (rows.executeStep()) {
      WorkerProgress row;
      ColumnReader reader(rows, 0);
      reader("", row.rank);
      reader("", row.last_end);
      reader("", row.steps);
      reader("", row.cost);
      reader("", row.busy);
      progress.push_back(row);
    }
    return progress;
  });
}

}  // namespace evenkeel

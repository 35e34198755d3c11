#include "ledger/recorded_run.h"

#include <fmt/format.h>

#include <utility>

#include "evenkeel/error.h"
#include "ledger/ledger_database.h"
#include "ledger/rows.h"

namespace evenkeel {
namespace {

// A job that found nothing left to do does not hide the one that did the last of the work.
void read_incarnation(SQLite::Database& database, const std::string& path, RecordedRun& run) {
  RowReader<JobDescription, JobRecord, StepRecord> rows(
      database, "number, state, written_at, resumed_tag",
      "incarnation ORDER BY state = 'complete' AND job_samples = 0 AND "
      "(SELECT state FROM incarnation WHERE job_samples > 0 ORDER BY number DESC LIMIT 1) = "
      "'complete', number DESC LIMIT 1");
  if (!rows.next()) {
    throw UserError(fmt::format("{}: holds no run yet; look again when one has begun", path));
  }
  StepRecord steps;
  rows.read(run.incarnation, run.state, run.written_at, run.resumed_tag, run.description, run.job,
            steps);
  if (run.description.mode == "step") run.steps = steps;
}

void read_workers(SQLite::Database& database, RecordedRun& run) {
  RowReader<WorkerRecord> rows(database, "host", "worker WHERE incarnation = ? ORDER BY rank",
                               run.incarnation);
  while (rows.next()) rows.read(run.hosts.emplace_back(), run.workers.emplace_back());
}

void read_events(SQLite::Database& database, RecordedRun& run) {
  std::vector<Event> events =
      all_rows<Event>(database, "event WHERE incarnation = ? ORDER BY rowid", run.incarnation);
  std::int64_t left_out = 0;
  RowReader<> rows(database, "events_left_out", "incarnation WHERE number = ?", run.incarnation);
  if (rows.next()) rows.read(left_out);
  run.events = KeptEvents(std::move(events), left_out);
}

}  // namespace

RecordedRun read_run(const std::string& path) {
  SQLite::Database database = open_ledger_to_read(path);
  return with_ledger_faults(path, [&] {
    RecordedRun run;
    database.exec("BEGIN");  // reads everything from one snapshot
    read_incarnation(database, path, run);
    read_workers(database, run);
    read_events(database, run);
    run.set_aside = all_rows<SetAsideSamples>(
        database, "set_aside WHERE incarnation = ? ORDER BY rowid", run.incarnation);
    return run;
  });
}

std::vector<KnownSpeed> read_known_speeds(const std::string& path) {
  SQLite::Database database = open_ledger_to_read(path);
  return with_ledger_faults(path, [&] {
    std::vector<KnownSpeed> speeds;
    RowReader<> rows(database, "host, speed",
                     "worker WHERE incarnation = (SELECT max(incarnation) FROM worker "
                     "WHERE speed > 0) ORDER BY rank");
    while (rows.next()) {
      KnownSpeed& known = speeds.emplace_back();
      rows.read(known.host, known.speed);
    }
    return speeds;
  });
}

std::vector<WorkerProgress> read_progress(const std::string& path, const RecordedRun& run) {
  SQLite::Database database = open_ledger_to_read(path);
  return with_ledger_faults(path, [&] {
    return all_rows<WorkerProgress>(database, "progress WHERE incarnation = ? ORDER BY rank, t",
                                    run.incarnation);
  });
}

}  // namespace evenkeel

#include "ledger/recorded_job.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include "ledger/seal.h"

namespace evenkeel {

Rows rows_of(const std::filesystem::path& path, const std::string& query) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
  SQLite::Statement statement(database, query);
  Rows rows;
  while (statement.executeStep()) {
    std::string row;
    for (int i = 0; i < statement.getColumnCount(); ++i) {
      if (i > 0) row += "|";
      row += statement.getColumn(i).getString();
    }
    rows.push_back(row);
  }
  return rows;
}

Span span(std::int32_t epoch, std::int64_t begin, std::int64_t end, int rank, std::uint64_t lease) {
  return {pass_of(epoch),  {Position(begin), Position(end)},
          Rank(rank),      LeaseId(lease),
          instant_at(1.5), instant_at(2.25)};
}

JobDescription lease_job() {
  JobDescription job;
  job.policy = "adaptive";
  job.dataset_name = "digits";
  job.files = 2;
  job.shards = 3;
  job.samples = 100;
  job.cost = 200;
  job.cost_unit = "tokens";
  job.epochs = 3;
  job.seed = 7;
  job.step_samples = 10;
  return job;
}

JobDescription step_job(std::int64_t first_step) {
  JobDescription job = lease_job();
  job.mode = "step";
  job.global_batch = 10;
  job.first_step = first_step;
  job.end_step = 30;
  return job;
}

BatchLine line_of(std::int64_t first_step) { return {100, 10, 1, true, 30, first_step}; }

JobIdentity terms() { return {{"mode", "lease"}, {"seed", "7"}}; }

JobFigures figures(std::size_t workers) {
  JobFigures figures;
  figures.workers.resize(workers);
  return figures;
}

CheckpointRecord checkpoint(std::string_view tag, DoneWork done) {
  return {CheckpointTag::from(tag).value(), instant_at(3), -1, std::move(done), Rank(1)};
}

CheckpointRecord checkpoint_at(std::string_view tag, std::int64_t step) {
  return {CheckpointTag::from(tag).value(), instant_at(3), step, {}, Rank(1)};
}

DoneWork done(std::int32_t whole_epochs, std::int32_t epoch, std::int64_t begin, std::int64_t end) {
  DoneWork work;
  work.whole_epochs = whole_epochs;
  static_cast<void>(work.parts[pass_of(epoch)].insert({Position(begin), Position(end)}));
  return work;
}

void LedgerTest::begin_steps(Ledger& ledger) const {
  const std::int64_t first = ledger.start().first_step;
  ledger.begin(step_job(first), line_of(first), {"a", "b"});
}

void LedgerTest::execute(const std::string& statement) const {
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(statement);
}

void LedgerTest::edit(const std::string& statement) const {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
  database.exec(statement);
  Seal(database).write();
}

void LedgerTest::leave_plans(std::int64_t count) const {
  {
    Ledger ledger = open();
    begin_steps(ledger);
  }
  execute("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
          std::to_string(count) +
          ") INSERT INTO plan (incarnation, first_step, end_step, division) "
          "SELECT 1, i, i + 1, '5,5' FROM n");
}

}  // namespace evenkeel

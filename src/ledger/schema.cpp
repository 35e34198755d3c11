#include "ledger/schema.h"

#include <fmt/format.h>

#include "ledger/record_columns.h"

namespace evenkeel {
namespace {

template <typename Record>
std::string declared() {
  ColumnDeclarations declarations;
  Record record;
  columns(declarations, record);
  return declarations.text();
}

constexpr const char* tables = R"sql(
CREATE TABLE term (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE generation (
  number INTEGER PRIMARY KEY,
  parent INTEGER REFERENCES generation,
  checkpoint INTEGER);
CREATE TABLE span (
  generation INTEGER NOT NULL, epoch INTEGER NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL,
  rank INTEGER, lease INTEGER, t0 REAL, t1 REAL,
  PRIMARY KEY (generation, epoch, begin)) WITHOUT ROWID;
CREATE TABLE plan (
  incarnation INTEGER NOT NULL, first_step INTEGER NOT NULL, end_step INTEGER NOT NULL,
  division TEXT NOT NULL,
  PRIMARY KEY (incarnation, first_step)) WITHOUT ROWID;
CREATE TABLE progress (
  incarnation INTEGER NOT NULL, rank INTEGER NOT NULL, t REAL NOT NULL, steps INTEGER NOT NULL,
  cost REAL NOT NULL, busy_s REAL NOT NULL,
  PRIMARY KEY (incarnation, rank, t)) WITHOUT ROWID;
CREATE TABLE event (
  incarnation INTEGER NOT NULL, t REAL NOT NULL, rank INTEGER NOT NULL, kind TEXT NOT NULL,
  before REAL, after REAL, samples INTEGER, step INTEGER, steps_to_plan INTEGER, lost_s REAL,
  tag TEXT);
CREATE INDEX event_of ON event (incarnation);
CREATE TABLE set_aside (
  incarnation INTEGER NOT NULL, epoch INTEGER NOT NULL, path TEXT NOT NULL, first INTEGER NOT NULL,
  count INTEGER NOT NULL);
CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY, tag TEXT NOT NULL, generation INTEGER NOT NULL,
  incarnation INTEGER NOT NULL, step INTEGER, whole_epochs INTEGER NOT NULL, t REAL NOT NULL,
  recorded_at TEXT NOT NULL);
CREATE TABLE checkpoint_done (
  checkpoint INTEGER NOT NULL REFERENCES checkpoint, epoch INTEGER NOT NULL,
  begin INTEGER NOT NULL, end INTEGER NOT NULL,
  PRIMARY KEY (checkpoint, epoch, begin)) WITHOUT ROWID;
)sql";

// The generations that count: the newest, and its ancestors up to the checkpoints gone back to.
constexpr const char* views = R"sql(
CREATE VIEW line AS
  WITH RECURSIVE line (generation, checkpoint) AS (
    SELECT max(number), NULL FROM generation
    UNION ALL
    SELECT g.parent, g.checkpoint FROM line JOIN generation g ON g.number = line.generation
      WHERE g.parent IS NOT NULL)
  SELECT generation, checkpoint FROM line;
CREATE VIEW spans AS
  SELECT s.epoch, s.begin, s.end, s.rank, s.lease, s.lease >> 40 AS incarnation, s.t0, s.t1
    FROM line JOIN span s ON s.generation = line.generation
    WHERE line.checkpoint IS NULL
  UNION ALL
  SELECT s.epoch, s.begin, s.end, s.rank, s.lease, s.lease >> 40, s.t0, s.t1
    FROM line JOIN checkpoint c ON c.id = line.checkpoint
      JOIN span s ON s.generation = line.generation AND s.epoch < c.whole_epochs
  UNION ALL
  SELECT s.epoch, max(s.begin, d.begin), min(s.end, d.end), s.rank, s.lease, s.lease >> 40,
      s.t0, s.t1
    FROM line JOIN span s ON s.generation = line.generation
      JOIN checkpoint_done d ON d.checkpoint = line.checkpoint AND d.epoch = s.epoch
        AND d.begin < s.end AND s.begin < d.end;
CREATE VIEW ranks AS SELECT * FROM worker ORDER BY incarnation, rank;
CREATE VIEW events AS SELECT * FROM event ORDER BY incarnation, t;
CREATE VIEW checkpoints AS
  SELECT c.tag, c.step, c.whole_epochs, c.incarnation, c.t, c.recorded_at,
      EXISTS (SELECT 1 FROM line WHERE line.generation = c.generation
        AND (line.checkpoint IS NULL OR c.id <= line.checkpoint)) AS counts
    FROM checkpoint c ORDER BY c.id;
CREATE VIEW plans AS
  WITH reached (incarnation, first_step, end_step) AS (
    SELECT i.number, i.first_step, max(i.first_step + i.steps, ifnull(
        (SELECT max(c.step) FROM checkpoint c WHERE c.incarnation = i.number), 0))
      FROM incarnation i)
  SELECT p.incarnation, p.first_step, min(p.end_step, r.end_step, ifnull(
      (SELECT min(later.first_step) FROM reached later
        WHERE later.incarnation > p.incarnation AND later.end_step > later.first_step),
      p.end_step)) AS end_step, p.division
    FROM plan p JOIN reached r ON r.incarnation = p.incarnation
    WHERE p.first_step < min(r.end_step, ifnull(
      (SELECT min(later.first_step) FROM reached later
        WHERE later.incarnation > p.incarnation AND later.end_step > later.first_step),
      p.end_step))
    ORDER BY p.first_step;
)sql";

}  // namespace

std::string ledger_schema() {
  return fmt::format(
      "CREATE TABLE incarnation (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, "
      "state TEXT NOT NULL, started_at TEXT NOT NULL, written_at TEXT NOT NULL, "
      "resumed_tag TEXT, events_left_out INTEGER NOT NULL DEFAULT 0, {}, {}, {});\n"
      "CREATE TABLE worker (incarnation INTEGER NOT NULL, rank INTEGER NOT NULL, "
      "host TEXT NOT NULL, {}, PRIMARY KEY (incarnation, rank)) WITHOUT ROWID;\n"
      "{}{}PRAGMA application_id = {};\nPRAGMA user_version = {};\n",
      declared<JobDescription>(), declared<JobRecord>(), declared<StepRecord>(),
      declared<WorkerRecord>(), tables, views, ledger_application, ledger_version);
}

}  // namespace evenkeel

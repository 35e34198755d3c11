#include "ledger/schema.h"

#include <fmt/format.h>

#include "ledger/rows.h"

namespace evenkeel {
namespace {

template <typename... Records>
std::string declared() {
  ColumnList list(ColumnList::Types::with);
  (list.add<Records>(), ...);
  return list.text();
}

std::string tables() {
  return fmt::format(
      R"sql(
CREATE TABLE seal (
  one INTEGER PRIMARY KEY, owner INTEGER NOT NULL, commits INTEGER NOT NULL,
  rows INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE term (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE own_file (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE files (dataset INTEGER PRIMARY KEY, digests BLOB NOT NULL);
CREATE TABLE incarnation (
  number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, state TEXT NOT NULL,
  started_at TEXT NOT NULL, written_at TEXT NOT NULL, resumed_tag TEXT,
  events_left_out INTEGER NOT NULL, {job});
CREATE TABLE worker (
  incarnation INTEGER NOT NULL, rank INTEGER NOT NULL, host TEXT NOT NULL, {worker},
  PRIMARY KEY (incarnation, rank)) WITHOUT ROWID;
CREATE TABLE generation (
  number INTEGER PRIMARY KEY, parent INTEGER REFERENCES generation, checkpoint INTEGER);
CREATE TABLE span (
  generation INTEGER NOT NULL, {span},
  PRIMARY KEY (generation, dataset, epoch, begin)) WITHOUT ROWID;
CREATE TABLE plan (
  incarnation INTEGER NOT NULL, first_step INTEGER NOT NULL, end_step INTEGER NOT NULL,
  division TEXT NOT NULL,
  PRIMARY KEY (incarnation, first_step)) WITHOUT ROWID;
CREATE TABLE progress (
  incarnation INTEGER NOT NULL, {progress},
  PRIMARY KEY (incarnation, rank, t)) WITHOUT ROWID;
CREATE TABLE event (incarnation INTEGER NOT NULL, {event});
CREATE INDEX event_of ON event (incarnation);
CREATE TABLE set_aside (incarnation INTEGER NOT NULL, {set_aside});
CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY, tag TEXT NOT NULL, generation INTEGER NOT NULL,
  incarnation INTEGER NOT NULL, step INTEGER, t REAL NOT NULL, recorded_at TEXT NOT NULL);
CREATE TABLE checkpoint_whole (
  checkpoint INTEGER NOT NULL REFERENCES checkpoint, dataset INTEGER NOT NULL,
  epochs INTEGER NOT NULL,
  PRIMARY KEY (checkpoint, dataset)) WITHOUT ROWID;
CREATE TABLE checkpoint_done (
  checkpoint INTEGER NOT NULL REFERENCES checkpoint, {interval},
  PRIMARY KEY (checkpoint, dataset, epoch, begin)) WITHOUT ROWID;
)sql",
      fmt::arg("job", declared<JobDescription, JobRecord, StepRecord>()),
      fmt::arg("worker", declared<WorkerRecord>()), fmt::arg("span", declared<Span>()),
      fmt::arg("progress", declared<WorkerProgress>()), fmt::arg("event", declared<Event>()),
      fmt::arg("set_aside", declared<SetAsideSamples>()),
      fmt::arg("interval", declared<Pass, Interval>()));
}

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
  SELECT s.dataset, s.epoch, s.begin, s.end, s.rank, s.lease, s.lease >> 40 AS incarnation,
      s.t0, s.t1
    FROM line JOIN span s ON s.generation = line.generation
    WHERE line.checkpoint IS NULL
  UNION ALL
  SELECT s.dataset, s.epoch, s.begin, s.end, s.rank, s.lease, s.lease >> 40, s.t0, s.t1
    FROM line JOIN checkpoint_whole w ON w.checkpoint = line.checkpoint
      JOIN span s ON s.generation = line.generation AND s.dataset = w.dataset
        AND s.epoch < w.epochs
  UNION ALL
  SELECT s.dataset, s.epoch, max(s.begin, d.begin), min(s.end, d.end), s.rank, s.lease,
      s.lease >> 40, s.t0, s.t1
    FROM line JOIN span s ON s.generation = line.generation
      JOIN checkpoint_done d ON d.checkpoint = line.checkpoint AND d.dataset = s.dataset
        AND d.epoch = s.epoch AND d.begin < s.end AND s.begin < d.end;
CREATE VIEW ranks AS SELECT * FROM worker ORDER BY incarnation, rank;
CREATE VIEW events AS SELECT * FROM event ORDER BY incarnation, t;
CREATE VIEW checkpoints AS
  SELECT c.tag, c.step, c.incarnation, c.t, c.recorded_at,
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
  return fmt::format("{}{}PRAGMA application_id = {};\nPRAGMA user_version = {};\n", tables(),
                     views, ledger_application, ledger_version);
}

}  // namespace evenkeel

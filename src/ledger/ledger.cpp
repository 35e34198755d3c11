#include "ledger/ledger.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/suggestion.h"
#include "evenkeel/error.h"
#include "ledger/done_spans.h"
#include "ledger/ledger_database.h"
#include "ledger/record_columns.h"

namespace evenkeel {
namespace {

constexpr int lease_bits = 40;  // of a lease's id are its own; the others are its incarnation's
constexpr std::int64_t plans_between_looks = 1'000;

// Somebody who reads the ledger may hold it, where there is no write-ahead log. Workers do not wait
// for that: the next commit will do. At the end there is no next one.
constexpr int busy_at_work_ms = 50;
constexpr int busy_at_end_ms = 300;

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string division_text(const PlanRecord& plan) {
  if (plan.shares.empty()) return fmt::format("{}", fmt::join(plan.counts, ","));
  std::string text;
  for (const WorkerShare& share : plan.shares) {
    text += fmt::format("{}{}+{}", text.empty() ? "" : ",", share.pace, share.head_start);
  }
  return text;
}

template <typename Record>
ColumnNames names_of() {
  ColumnNames names;
  Record record;
  columns(names, record);
  return names;
}

void put_text(SQLite::Statement& statement, int place, std::string_view text) {
  statement.bind(place, std::string(text));
}

}  // namespace

LeaseId LedgerStart::last_lease() const {
  return LeaseId(static_cast<std::uint64_t>(incarnation) << lease_bits);
}

Ledger::Ledger(const std::string& path, const std::vector<RunTerm>& terms,
               const std::optional<std::string>& resume)
    : path_(path), lock_(path), database_(open_ledger(path)), terms_(terms) {
  with_ledger_faults(path_, [&] { find_start(resume); });
}

// ---- where to begin

void Ledger::find_start(const std::optional<std::string>& resume) {
  SQLite::Statement last(database_,
                         "SELECT number, generation, state, started_at FROM incarnation "
                         "ORDER BY number DESC LIMIT 1");
  const bool has_run = last.executeStep();
  if (!has_run) {
    if (resume && !resume->empty()) {
      throw UserError(fmt::format("{}: holds no run, and so no checkpoint '{}'; leave --resume out",
                                  path_, *resume));
    }
    return;
  }
  if (!resume) {
    throw UserError(fmt::format(
        "{}: holds a run already, which is {}; give --resume to go on with it, or another ledger",
        path_, last.getColumn(2).getString() == "complete" ? "complete" : "not complete"));
  }
  check_terms();
  start_.incarnation = last.getColumn(0).getInt64() + 1;
  start_.generation = last.getColumn(1).getInt64();
  const auto checkpoint = resume->empty() ? newest_checkpoint() : checkpoint_named(*resume);
  if (checkpoint) {
    go_back_to(*checkpoint);
  } else {
    go_on();
  }
  span_rows_ = database_.execAndGet("SELECT count(*) FROM span").getInt64();
  plan_rows_ = database_.execAndGet("SELECT count(*) FROM plan").getInt64();
}

void Ledger::check_terms() {
  SQLite::Statement known(database_, "SELECT value FROM term WHERE name = ?");
  for (const RunTerm& term : terms_) {
    known.reset();
    put_text(known, 1, term.name);
    const std::string value = known.executeStep() ? known.getColumn(0).getString() : "unknown";
    if (value == term.value) continue;
    throw UserError(
        fmt::format("{}: the run has {} {}, and here it is {}; resume it with the same, or begin "
                    "another ledger",
                    path_, term.name, value, term.value));
  }
}

std::optional<std::int64_t> Ledger::checkpoint_named(const std::string& tag) {
  SQLite::Statement found(database_,
                          "SELECT id FROM checkpoint WHERE tag = ? ORDER BY id DESC LIMIT 1");
  put_text(found, 1, tag);
  if (found.executeStep()) return found.getColumn(0).getInt64();
  SQLite::Statement others(database_, "SELECT DISTINCT tag FROM checkpoint ORDER BY id DESC");
  std::vector<std::string> tags;
  while (others.executeStep()) tags.push_back(others.getColumn(0).getString());
  const auto nearest = nearest_name(tag, std::vector<std::string_view>(tags.begin(), tags.end()));
  std::string remedy = "it has none; give --resume alone";
  if (!tags.empty()) remedy = fmt::format("the newest is '{}'", tags.front());
  if (nearest) remedy = fmt::format("did you mean '{}'?", *nearest);
  throw UserError(fmt::format("{}: has no checkpoint '{}'; {}", path_, tag, remedy));
}

// The newest of this generation, or else the one that it went back to.
std::optional<std::int64_t> Ledger::newest_checkpoint() {
  SQLite::Statement found(database_,
                          "SELECT ifnull((SELECT max(id) FROM checkpoint WHERE generation = ?1), "
                          "(SELECT checkpoint FROM generation WHERE number = ?1))");
  found.bind(1, start_.generation);
  if (!found.executeStep() || found.getColumn(0).isNull()) return std::nullopt;
  return found.getColumn(0).getInt64();
}

void Ledger::go_back_to(std::int64_t checkpoint) {
  SQLite::Statement found(database_,
                          "SELECT tag, generation, ifnull(step, 0), whole_epochs "
                          "FROM checkpoint WHERE id = ?");
  found.bind(1, checkpoint);
  if (!found.executeStep())
    throw UserError(fmt::format("{}: is damaged: checkpoint {} is not there", path_, checkpoint));
  start_.tag = found.getColumn(0).getString();
  parent_ = found.getColumn(1).getInt64();
  checkpoint_ = checkpoint;
  start_.first_step = found.getColumn(2).getInt64();
  start_.generation = database_.execAndGet("SELECT max(number) + 1 FROM generation").getInt64();
  start_.done = checkpoint_done(database_, path_, checkpoint);
}

void Ledger::go_on() {
  SQLite::Statement found(database_,
                          "SELECT max(first_step + steps), mode FROM incarnation "
                          "WHERE generation = ?");
  found.bind(1, start_.generation);
  found.executeStep();
  if (found.getColumn(1).getString() == "step") {
    start_.first_step = found.getColumn(0).getInt64();
  } else {
    start_.done = done_in_spans(database_, path_);
  }
}

// ---- writing

template <typename Work>
void Ledger::transact(Durability durability, Work work) {
  const std::pair rows(span_rows_, plan_rows_);
  try {
    with_ledger_faults(path_, [&] {
      database_.exec(durability == Durability::machine ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      work();
      transaction.commit();
    });
  } catch (const UserError&) {
    std::tie(span_rows_, plan_rows_) = rows;  // what was merged or forgotten is there again
    throw;
  }
}

void Ledger::begin(const JobDescription& job, const std::optional<BatchLine>& line,
                   const std::vector<std::string>& hosts) {
  job_ = job;
  line_ = line;
  hosts_ = hosts;
  started_at_ = utc_now();
  steps_written_ = job.first_step;
  JobFigures figures;
  figures.workers.resize(hosts.size());
  transact(Durability::machine, [&] {
    if (start_.incarnation == 1) {
      database_.exec("DELETE FROM term");
      SQLite::Statement insert(database_, "INSERT INTO term (name, value) VALUES (?, ?)");
      for (const RunTerm& term : terms_) {
        insert.reset();
        put_text(insert, 1, term.name);
        put_text(insert, 2, term.value);
        insert.exec();
      }
    }
    SQLite::Statement generation(database_,
                                 "INSERT OR IGNORE INTO generation (number, parent, checkpoint) "
                                 "VALUES (?, nullif(?, 0), nullif(?, 0))");
    generation.bind(1, start_.generation);
    generation.bind(2, parent_);
    generation.bind(3, checkpoint_);
    generation.exec();
    write_incarnation(figures, "running");
    write_workers(figures);
  });
  database_.setBusyTimeout(busy_at_work_ms);
}

void Ledger::add(const Span& span) {
  if (line_) return;
  spans_.push_back(span);
  if (spans_.size() < most_waiting) return;
  for (const Span& waiting : spans_) {
    const bool is_new = merged_spans_[waiting.epoch].insert(waiting.interval);
    EVENKEEL_CHECK(is_new);
  }
  spans_.clear();
}

void Ledger::add(const PlanRecord& plan) {
  const std::string division = division_text(plan);
  if (!plans_.empty() && plans_.back().division == division) {
    plans_.back().end_step = plan.end_step;
  } else {
    plans_.push_back({plan.first_step, plan.end_step, division});
  }
  if (plans_.size() > most_waiting) plans_.erase(plans_.begin(), plans_.begin() + most_waiting / 2);
}

void Ledger::commit(const JobFigures& figures) {
  transact(Durability::process, [&] { write(figures, "running"); });
  forget_written(figures.steps_done);
}

// Step mode: the steps before the checkpoint are done by all, also those that are not reported yet.
void Ledger::commit(const JobFigures& figures, const CheckpointRecord& checkpoint) {
  const std::pair called(checkpoint.tag, checkpoint.step);
  if (line_ && recorded_ == called) return;
  transact(Durability::machine, [&] {
    write(figures, "running");
    if (line_) write_steps(checkpoint.step);
    write_checkpoint(checkpoint);
  });
  recorded_ = called;
  forget_written(std::max(figures.steps_done, checkpoint.step));
}

void Ledger::end(const JobFigures& figures, bool complete,
                 const std::vector<SetAsideSamples>& set_aside) {
  database_.setBusyTimeout(busy_at_end_ms);
  transact(Durability::machine, [&] {
    write(figures, complete ? "complete" : "ended");
    write_set_aside(set_aside);
  });
  forget_written(figures.steps_done);
}

void Ledger::write(const JobFigures& figures, const char* state) {
  if (line_) {
    write_steps(figures.steps_done);
    write_plans();
  } else {
    write_spans(figures);
  }
  write_events();
  write_incarnation(figures, state);
  write_workers(figures);
}

void Ledger::forget_written(std::int64_t steps_done) {
  steps_written_ = std::max(steps_written_, steps_done);
  spans_.clear();
  merged_spans_.clear();
  events_.clear();
  if (plans_.size() > 1) plans_.erase(plans_.begin(), plans_.end() - 1);
}

// A span that is not over has the row that it will have, and grows.
void Ledger::write_spans(const JobFigures& figures) {
  SQLite::Statement insert(
      database_,
      "INSERT OR REPLACE INTO span (generation, epoch, begin, end, rank, lease, t0, t1) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const auto put = [&](const Span& span) {
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.generation).put(span.epoch.value()).put(span.interval.begin.value());
    row.put(span.interval.end.value()).put(span.rank).put(span.lease.value());
    row.put(span.first_start).put(span.last_end);
    insert.exec();
  };
  write_merged_spans();
  for (const Span& span : spans_) put(span);
  for (const Span& span : figures.open) put(span);
  span_rows_ += std::ssize(spans_);
  if (span_rows_ > most_spans) {
    span_rows_ = merge_spans(database_, start_.generation, figures.open);
  }
}

void Ledger::write_merged_spans() {
  for (const auto& [epoch, set] : merged_spans_) {
    for (const Interval& interval : set.intervals()) {
      replace_spans(database_, start_.generation, epoch, interval);
    }
  }
}

// All workers together: an epoch a row, which grows.
void Ledger::write_steps(std::int64_t steps_done) {
  SQLite::Statement insert(database_,
                           "INSERT OR REPLACE INTO span (generation, epoch, begin, end) "
                           "VALUES (?, ?, ?, ?)");
  const BatchLine& line = *line_;
  const std::int64_t each = line.steps_an_epoch();
  for (std::int64_t step = steps_written_; step < steps_done;) {
    const std::int64_t epoch = step / each;
    const std::int64_t first = std::max(epoch * each, job_.first_step);
    const std::int64_t end = std::min((epoch + 1) * each, steps_done);
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.generation).put(epoch).put(line.batch(first).begin.value());
    row.put(line.batch(end - 1).end.value());
    insert.exec();
    step = end;
  }
}

void Ledger::write_plans() {
  SQLite::Statement insert(
      database_,
      "INSERT OR REPLACE INTO plan (incarnation, first_step, end_step, division) "
      "VALUES (?, ?, ?, ?)");
  for (const PlanRow& plan : plans_) {
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.incarnation).put(plan.first_step).put(plan.end_step).put(plan.division);
    insert.exec();
  }
  plan_rows_ += std::ssize(plans_);
  if (plan_rows_ <= most_plans + plans_between_looks) return;
  database_.exec(fmt::format(
      "DELETE FROM plan WHERE (incarnation, first_step) IN (SELECT incarnation, first_step "
      "FROM plan ORDER BY incarnation DESC, first_step DESC LIMIT -1 OFFSET {})",
      most_plans));
  plan_rows_ = most_plans;
}

void Ledger::write_events() {
  SQLite::Statement insert(
      database_,
      "INSERT INTO event (incarnation, t, rank, kind, before, after, samples, step, steps_to_plan, "
      "lost_s, tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Event& event : events_) {
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.incarnation).put(event.time).put(event.rank);
    row.put(std::string(event_name(event.kind))).put(event.before).put(event.after);
    row.put(event.samples).put(event.step).put(event.steps_to_plan).put(event.lost_s);
    row.put(std::string(event.tag.text()));
    insert.exec();
  }
}

void Ledger::write_set_aside(const std::vector<SetAsideSamples>& set_aside) {
  SQLite::Statement insert(
      database_,
      "INSERT INTO set_aside (incarnation, epoch, path, first, count) VALUES (?, ?, ?, ?, ?)");
  for (const SetAsideSamples& samples : set_aside) {
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.incarnation).put(samples.epoch.value()).put(samples.path);
    row.put(samples.first).put(samples.count);
    insert.exec();
  }
}

void Ledger::write_incarnation(const JobFigures& figures, const char* state) {
  static const std::string text = [] {
    const ColumnNames job = names_of<JobDescription>();
    const ColumnNames record = names_of<JobRecord>();
    const ColumnNames steps = names_of<StepRecord>();
    return fmt::format(
        "INSERT OR REPLACE INTO incarnation (number, generation, state, started_at, written_at, "
        "resumed_tag, events_left_out, {}, {}, {}) VALUES (?, ?, ?, ?, ?, ?, ?, {}, {}, {})",
        job.names(), record.names(), steps.names(), job.marks(), record.marks(), steps.marks());
  }();
  SQLite::Statement insert(database_, text);
  ColumnWriter row(insert);
  row.put(start_.incarnation).put(start_.generation).put(std::string(state)).put(started_at_);
  row.put(utc_now()).put(start_.tag).put(figures.events_left_out);
  columns(row, job_);
  columns(row, figures.job);
  const StepRecord steps = figures.steps.value_or(StepRecord());
  columns(row, steps);
  insert.exec();
}

void Ledger::write_workers(const JobFigures& figures) {
  static const std::string text = [] {
    const ColumnNames worker = names_of<WorkerRecord>();
    return fmt::format(
        "INSERT OR REPLACE INTO worker (incarnation, rank, host, {}) "
        "VALUES (?, ?, ?, {})",
        worker.names(), worker.marks());
  }();
  SQLite::Statement insert(database_, text);
  EVENKEEL_CHECK(figures.workers.size() == hosts_.size());
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.incarnation).put(job_.first_worker.value() + static_cast<std::int32_t>(i));
    row.put(hosts_[i]);
    columns(row, figures.workers[i]);
    insert.exec();
  }
}

void Ledger::write_checkpoint(const CheckpointRecord& checkpoint) {
  const bool in_steps = line_.has_value();
  const DoneWork done = in_steps ? done_in_steps(*line_, checkpoint.step) : checkpoint.done;
  SQLite::Statement insert(
      database_,
      "INSERT INTO checkpoint (tag, generation, incarnation, step, whole_epochs, t, recorded_at) "
      "VALUES (?, ?, ?, nullif(?, -1), ?, ?, ?)");
  ColumnWriter row(insert);
  row.put(std::string(checkpoint.tag.text())).put(start_.generation).put(start_.incarnation);
  row.put(checkpoint.step).put(done.whole_epochs).put(checkpoint.time).put(utc_now());
  insert.exec();
  const std::int64_t id = database_.getLastInsertRowid();
  SQLite::Statement part(
      database_, "INSERT INTO checkpoint_done (checkpoint, epoch, begin, end) VALUES (?, ?, ?, ?)");
  for (const auto& [epoch, set] : done.parts) {
    for (const Interval& interval : set.intervals()) {
      part.reset();
      ColumnWriter values(part);
      values.put(id).put(epoch.value()).put(interval.begin.value()).put(interval.end.value());
      part.exec();
    }
  }
  const std::string old = fmt::format(
      "(SELECT id FROM checkpoint WHERE id <= {} AND id NOT IN "
      "(SELECT checkpoint FROM generation WHERE checkpoint IS NOT NULL))",
      id - most_checkpoints);
  database_.exec("DELETE FROM checkpoint_done WHERE checkpoint IN " + old);
  database_.exec("DELETE FROM checkpoint WHERE id IN " + old);
}

}  // namespace evenkeel

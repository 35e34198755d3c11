#include "ledger/ledger.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "evenkeel/error.h"
#include "ledger/done_spans.h"
#include "ledger/ledger_database.h"
#include "ledger/record_columns.h"

namespace evenkeel {
namespace {

constexpr std::int64_t plans_between_looks = 1'000;
constexpr Duration between_progress = std::chrono::seconds(1);

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

}  // namespace

Ledger::Ledger(const std::string& path, const std::vector<RunTerm>& terms,
               const std::optional<std::string>& resume)
    : path_(path), lock_(path), database_(open_ledger(path)), terms_(terms) {
  with_ledger_faults(path_, [&] {
    start_ = find_start(database_, path_, terms_, resume);
    span_rows_ = database_.execAndGet("SELECT count(*) FROM span").getInt64();
    plan_rows_ = database_.execAndGet("SELECT count(*) FROM plan").getInt64();
    progress_rows_ = database_.execAndGet("SELECT count(*) FROM progress").getInt64();
  });
}

template <typename Work>
void Ledger::transact(Durability durability, Work work) {
  const std::tuple rows(span_rows_, plan_rows_, progress_rows_);
  try {
    with_ledger_faults(path_, [&] {
      database_.exec(durability == Durability::machine ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      work();
      transaction.commit();
    });
  } catch (const UserError&) {
    std::tie(span_rows_, plan_rows_, progress_rows_) = rows;  // none was merged or forgotten
    throw;
  }
}

void Ledger::begin(const JobDescription& job, const std::optional<BatchLine>& line,
                   const std::vector<std::string>& hosts) {
  job_ = job;
  line_ = line;
  hosts_ = hosts;
  progress_written_.assign(hosts.size(), Instant{});
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
        insert.bind(1, term.name);
        insert.bind(2, term.value);
        insert.exec();
      }
    }
    SQLite::Statement generation(database_,
                                 "INSERT OR IGNORE INTO generation (number, parent, checkpoint) "
                                 "VALUES (?, nullif(?, 0), nullif(?, 0))");
    generation.bind(1, start_.generation);
    generation.bind(2, start_.parent);
    generation.bind(3, start_.checkpoint);
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

void Ledger::end(const JobFigures& figures, bool complete) {
  database_.setBusyTimeout(busy_at_end_ms);
  transact(Durability::machine, [&] { write(figures, complete ? "complete" : "ended"); });
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
  write_progress(figures);
  if (figures.set_aside) write_set_aside(*figures.set_aside);
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
  SQLite::Statement old(database_, "DELETE FROM set_aside WHERE incarnation = ?");
  old.bind(1, start_.incarnation);
  old.exec();
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

void Ledger::write_progress(const JobFigures& figures) {
  SQLite::Statement insert(
      database_,
      "INSERT OR REPLACE INTO progress (incarnation, rank, t, steps, cost, busy_s) "
      "VALUES (?, ?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const WorkerRecord& worker = figures.workers[i];
    if (worker.last_end < progress_written_[i] + between_progress) continue;
    insert.reset();
    ColumnWriter row(insert);
    row.put(start_.incarnation).put(job_.first_worker.value() + static_cast<std::int32_t>(i));
    row.put(worker.last_end).put(worker.steps).put(worker.cost).put(worker.busy);
    insert.exec();
    progress_written_[i] = worker.last_end;
    ++progress_rows_;
  }
  if (progress_rows_ <= most_progress) return;
  database_.exec(
      "DELETE FROM progress WHERE (incarnation, rank, t) IN (SELECT incarnation, rank, t FROM "
      "(SELECT *, row_number() OVER (PARTITION BY incarnation, rank ORDER BY t) AS number "
      "FROM progress) WHERE number % 2 = 0)");
  progress_rows_ = database_.execAndGet("SELECT count(*) FROM progress").getInt64();
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

#include "ledger/ledger.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "evenkeel/error.h"
#include "ledger/done_spans.h"
#include "ledger/ledger_database.h"
#include "ledger/rows.h"
#include "ledger/run_files.h"

namespace evenkeel {
namespace {

// Some ten seconds.
constexpr std::int64_t commits_kept_in_log = 10;

constexpr std::int64_t plans_between_looks = 1'000;
constexpr Duration between_progress = std::chrono::seconds(1);

// Without a write-ahead log, a reader may block the ledger. Workers do not wait for that: the next
// commit follows. At the end there is no next commit.
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

}  // namespace

Ledger::Ledger(const std::string& path, const JobIdentity& identity,
               const std::optional<std::string>& resume, const Dataset* dataset, bool is_new)
    : path_(require_ledger(ledger_file(path), is_new)),
      lock_(path),
      identity_(identity),
      dataset_(dataset) {
  attach([&] {
    if (!seal_->holds()) throw_damaged(path_);
    start_ = find_start(*database_, path_, identity_, resume, dataset_);
    if (start_.incarnation == 1 && lock_.is_marked() && !is_new) throw_run_gone(path_);
    span_rows_ = database_->execAndGet("SELECT count(*) FROM span").getInt64();
    plan_rows_ = database_->execAndGet("SELECT count(*) FROM plan").getInt64();
    progress_rows_ = database_->execAndGet("SELECT count(*) FROM progress").getInt64();
    std::random_device random;
    seal_->now.owner = std::uniform_int_distribution<std::int64_t>(1)(random);
    seal_->write();
  });
  sealed_ = seal_->now;
}

template <typename Work>
void Ledger::attach(Work work) {
  try {
    database_.emplace(open_ledger(path_));
    with_ledger_faults(path_, [&] {
      SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
      seal_.emplace(*database_);
      work();
      transaction.commit();
    });
    if (place_) {
      place_->opened(*database_);
    } else {
      place_.emplace(path_, *database_);
    }
  } catch (const UserError&) {
    close();
    throw;
  }
}

void Ledger::close() {
  seal_.reset();
  database_.reset();
}

// What is in the log goes into the file, wherever that is now, unless another run writes to it
// there: a log is found by the file's name.
void Ledger::detach() {
  if (database_ && !place_->is_used_elsewhere()) {
    database_->tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  close();
  place_->closed();
}

void Ledger::require_in_place() {
  const std::string fault = place_->fault();
  if (fault.empty()) return;
  detach();
  throw UserError(fault);
}

// A file that was put back is opened anew, and so is one in which others have written.
void Ledger::require_attached() {
  if (is_lost()) throw UserError(lost_);
  if (database_ && place_->is_as_noted() && place_->fault().empty()) return;
  detach();
  require_in_place();
  attach([&] { require_own(); });
  database_->setBusyTimeout(busy_at_work_ms);
}

void Ledger::require_own() {
  const Sealed found = sealed_in(*database_);
  if (found == sealed_ && seal_->now == sealed_) return;
  const char* const what = found.owner == sealed_.owner
                               ? "another program has changed it; restore a copy of it"
                               : "another run has taken it over, so that this job ends";
  lost_ = fmt::format("{}: {}", path_, what);
  throw UserError(lost_);
}

template <typename Work>
void Ledger::transact(Durability durability, Work work) {
  require_attached();
  const std::tuple rows(span_rows_, plan_rows_, progress_rows_);
  try {
    with_ledger_faults(path_, [&] {
      database_->exec(durability == Durability::machine ? "PRAGMA synchronous = FULL"
                                                        : "PRAGMA synchronous = NORMAL");
      SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
      require_own();
      place_->require();
      work();
      ++seal_->now.commits;
      seal_->write();
      transaction.commit();
    });
  } catch (const UserError&) {
    std::tie(span_rows_, plan_rows_, progress_rows_) = rows;  // none was merged or deleted
    seal_->now = sealed_;
    if (is_lost() || !place_->fault().empty()) detach();
    throw;
  }
  sealed_ = seal_->now;
  const bool is_due = sealed_.commits % commits_kept_in_log == 0;
  if (durability == Durability::machine || is_due) empty_log();
  place_->note();
}

// Of a job that is killed, its log may not come along when the file is copied or moved. What is in
// the file alone is a run, too, with all its checkpoints.
void Ledger::empty_log() { database_->tryExec("PRAGMA wal_checkpoint(PASSIVE)"); }

void Ledger::begin(const JobDescription& job, const std::optional<BatchLine>& line,
                   const std::vector<std::string>& hosts,
                   const std::vector<std::string>& own_files) {
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
      database_->exec("DELETE FROM term");
      RowWriter<> rows(*database_, "term", "name, value");
      for (const IdentityTerm& term : identity_) rows.write(term.name, term.value);
      if (dataset_ != nullptr) write_file_digests(*database_, *dataset_);
    }
    write_own_files(*database_, own_files);
    SQLite::Statement generation(*database_,
                                 "INSERT OR IGNORE INTO generation (number, parent, checkpoint) "
                                 "VALUES (?, nullif(?, 0), nullif(?, 0))");
    generation.bind(1, start_.generation);
    generation.bind(2, start_.parent);
    generation.bind(3, start_.checkpoint);
    generation.exec();
    write_incarnation(figures, "running");
    write_workers(figures);
  });
  lock_.mark();
  database_->tryExec("PRAGMA wal_checkpoint(TRUNCATE)");  // a file without its log has a run, too
  place_->note();
  database_->setBusyTimeout(busy_at_work_ms);
}

void Ledger::add(const Span& span) {
  if (line_) return;
  spans_.push_back(span);
  if (spans_.size() < most_waiting) return;
  for (const Span& waiting : spans_) {
    const bool is_new = merged_spans_[waiting.pass].insert(waiting.interval);
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

// Step mode: all workers have done the steps before the checkpoint, reported or not.
void Ledger::commit(const JobFigures& figures, const CheckpointRecord& checkpoint) {
  const std::pair called(checkpoint.tag, checkpoint.step);
  if (!line_ || recorded_ != called) {
    transact(Durability::machine, [&] {
      write(figures, "running");
      if (line_) write_steps(checkpoint.step);
      write_checkpoint(checkpoint);
    });
    recorded_ = called;
    forget_written(std::max(figures.steps_done, checkpoint.step));
  }
  require_in_place();
}

void Ledger::end(const JobFigures& figures, bool complete) {
  if (database_) database_->setBusyTimeout(busy_at_end_ms);
  transact(Durability::machine, [&] { write(figures, complete ? "complete" : "ended"); });
  forget_written(figures.steps_done);
  require_in_place();
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

Rank Ledger::rank_of(std::size_t worker) const {
  return Rank(job_.first_worker.value() + static_cast<std::int32_t>(worker));
}

void Ledger::forget_written(std::int64_t steps_done) {
  steps_written_ = std::max(steps_written_, steps_done);
  spans_.clear();
  merged_spans_.clear();
  events_.clear();
  if (plans_.size() > 1) plans_.erase(plans_.begin(), plans_.end() - 1);
}

// An unfinished span already has its final row, which grows.
void Ledger::write_spans(const JobFigures& figures) {
  for (const auto& [pass, set] : merged_spans_) {
    for (const Interval& interval : set.intervals()) {
      replace_spans(*database_, start_.generation, pass, interval);
    }
  }
  RowWriter<Span> rows(*database_, "span", "generation");
  for (const Span& span : spans_) rows.write(start_.generation, span);
  for (const Span& span : figures.open) rows.write(start_.generation, span);
  span_rows_ += std::ssize(spans_);
  if (span_rows_ > most_spans) {
    span_rows_ = merge_spans(*database_, start_.generation, figures.open);
  }
}

// All workers together: one row per epoch, which grows.
void Ledger::write_steps(std::int64_t steps_done) {
  RowWriter<Pass, Interval> rows(*database_, "span", "generation");
  const BatchLine& line = *line_;
  const std::int64_t each = line.steps_an_epoch();
  for (std::int64_t step = steps_written_; step < steps_done;) {
    const std::int64_t epoch = step / each;
    const std::int64_t first = std::max(epoch * each, job_.first_step);
    const std::int64_t end = std::min((epoch + 1) * each, steps_done);
    rows.write(start_.generation, line.pass(step),
               Interval{line.batch(first).begin, line.batch(end - 1).end});
    step = end;
  }
}

void Ledger::write_plans() {
  RowWriter<> rows(*database_, "plan", "incarnation, first_step, end_step, division");
  for (const PlanRow& plan : plans_) {
    rows.write(start_.incarnation, plan.first_step, plan.end_step, plan.division);
  }
  plan_rows_ += std::ssize(plans_);
  if (plan_rows_ <= most_plans + plans_between_looks) return;
  database_->exec(fmt::format(
      "DELETE FROM plan WHERE (incarnation, first_step) IN (SELECT incarnation, first_step "
      "FROM plan ORDER BY incarnation DESC, first_step DESC LIMIT -1 OFFSET {})",
      most_plans));
  plan_rows_ = most_plans;
}

void Ledger::write_events() {
  RowWriter<Event> rows(*database_, "event", "incarnation");
  for (const Event& event : events_) rows.write(start_.incarnation, event);
}

void Ledger::write_set_aside(const std::vector<SetAsideSamples>& set_aside) {
  SQLite::Statement old(*database_, "DELETE FROM set_aside WHERE incarnation = ?");
  old.bind(1, start_.incarnation);
  old.exec();
  RowWriter<SetAsideSamples> rows(*database_, "set_aside", "incarnation");
  for (const SetAsideSamples& samples : set_aside) rows.write(start_.incarnation, samples);
}

void Ledger::write_incarnation(const JobFigures& figures, const char* state) {
  RowWriter<JobDescription, JobRecord, StepRecord> rows(
      *database_, "incarnation",
      "number, generation, state, started_at, written_at, resumed_tag, events_left_out");
  rows.write(start_.incarnation, start_.generation, state, started_at_, utc_now(), start_.tag,
             figures.events_left_out, job_, figures.job, figures.steps.value_or(StepRecord()));
}

void Ledger::write_workers(const JobFigures& figures) {
  RowWriter<WorkerRecord> rows(*database_, "worker", "incarnation, rank, host");
  EVENKEEL_CHECK(figures.workers.size() == hosts_.size());
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    rows.write(start_.incarnation, rank_of(i), hosts_[i], figures.workers[i]);
  }
}

void Ledger::write_progress(const JobFigures& figures) {
  RowWriter<WorkerProgress> rows(*database_, "progress", "incarnation");
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const WorkerRecord& worker = figures.workers[i];
    if (worker.last_end < progress_written_[i] + between_progress) continue;
    rows.write(start_.incarnation,
               WorkerProgress{rank_of(i), worker.last_end, worker.steps, worker.cost, worker.busy});
    progress_written_[i] = worker.last_end;
    ++progress_rows_;
  }
  if (progress_rows_ <= most_progress) return;
  database_->exec(
      "DELETE FROM progress WHERE (incarnation, rank, t) IN (SELECT incarnation, rank, t FROM "
      "(SELECT *, row_number() OVER (PARTITION BY incarnation, rank ORDER BY t) AS number "
      "FROM progress) WHERE number % 2 = 0)");
  progress_rows_ = database_->execAndGet("SELECT count(*) FROM progress").getInt64();
}

void Ledger::write_checkpoint(const CheckpointRecord& checkpoint) {
  const bool in_steps = line_.has_value();
  const DoneWork done = in_steps ? done_in_steps(*line_, checkpoint.step) : checkpoint.done;
  SQLite::Statement insert(
      *database_,
      "INSERT INTO checkpoint (tag, generation, incarnation, step, t, recorded_at) "
      "VALUES (?, ?, ?, nullif(?, -1), ?, ?)");
  insert.bind(1, std::string(checkpoint.tag.text()));
  insert.bind(2, start_.generation);
  insert.bind(3, start_.incarnation);
  insert.bind(4, checkpoint.step);
  insert.bind(5, to_seconds(checkpoint.time));
  insert.bind(6, utc_now());
  insert.exec();
  const std::int64_t id = database_->getLastInsertRowid();
  RowWriter<> whole(*database_, "checkpoint_whole", "checkpoint, dataset, epochs");
  whole.write(id, DatasetIndex(), done.whole_epochs);
  RowWriter<Pass, Interval> parts(*database_, "checkpoint_done", "checkpoint");
  for (const auto& [pass, set] : done.parts) {
    for (const Interval& interval : set.intervals()) parts.write(id, pass, interval);
  }
  const std::string old = fmt::format(
      "(SELECT id FROM checkpoint WHERE id <= {} AND id NOT IN "
      "(SELECT checkpoint FROM generation WHERE checkpoint IS NOT NULL))",
      id - most_checkpoints);
  database_->exec("DELETE FROM checkpoint_whole WHERE checkpoint IN " + old);
  database_->exec("DELETE FROM checkpoint_done WHERE checkpoint IN " + old);
  database_->exec("DELETE FROM checkpoint WHERE id IN " + old);
}

}  // namespace evenkeel

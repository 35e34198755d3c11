// How records lie in the columns of a table: each field is listed once, for declaring, writing and
// reading.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

#include "coordinator/job_description.h"
#include "coordinator/record_names.h"
#include "coordinator/records.h"
#include "core/time.h"

namespace evenkeel {

template <typename T, typename Record>
concept Like = std::same_as<std::remove_const_t<T>, Record>;

// Times in seconds.
void columns(auto&& visit, Like<WorkerRecord> auto& r) {
  visit("state", r.state);
  visit("samples", r.samples);
  visit("cost", r.cost);
  visit("steps", r.steps);
  visit("leases", r.leases);
  visit("trims", r.trims);
  visit("busy_s", r.busy);
  visit("data_s", r.data);
  visit("comm_s", r.comm);
  visit("paused_s", r.paused);
  visit("coordinator_s", r.waited_for_coordinator);
  visit("uneven_s", r.waited_for_others);
  visit("undivided_s", r.undivided);
  visit("untold_steps", r.untold_steps);
  visit("times_last", r.times_last);
  visit("step_samples", r.step_samples);
  visit("last_end_s", r.last_end);
  visit("speed", r.speed);
  visit("speed_noise", r.speed_noise);
  visit("failed_steps", r.failed_steps);
  visit("left_early", r.left);
}
void columns(auto&& visit, Like<JobRecord> auto& r) {
  visit("job_samples", r.samples);
  visit("samples_done", r.samples_done);
  visit("samples_before", r.samples_before);
  visit("job_cost", r.cost);
  visit("cost_done", r.cost_done);
  visit("messages", r.messages);
  visit("leases", r.leases);
  visit("trims", r.trims);
  visit("steps", r.steps);
  visit("redone_samples", r.redone_samples);
  visit("wasted_samples", r.wasted_samples);
  visit("set_aside_samples", r.set_aside_samples);
  visit("failed_steps", r.failed_steps);
  visit("last_end_s", r.last_end);
  visit("bound_s", r.bound_s);
}
void columns(auto&& visit, Like<StepRecord> auto& r) {
  visit("plans", r.plans);
  visit("dropped_samples", r.dropped_samples);
  visit("step_median_s", r.median_s);
  visit("step_p95_s", r.p95_s);
  visit("step_bound_s", r.bound_s);
  visit("equal_s", r.equal_s);
  visit("equal_measured", r.equal_measured);
  visit("equal_begin", r.equal_begin);
  visit("equal_end", r.equal_end);
  visit("imbalance", r.imbalance);
  visit("untold_steps", r.untold_steps);
}
void columns(auto&& visit, Like<JobDescription> auto& r) {
  visit("mode", r.mode);
  visit("policy", r.policy);
  visit("dataset", r.dataset_name);
  visit("files", r.files);
  visit("shards", r.shards);
  visit("samples", r.samples);
  visit("cost", r.cost);
  visit("cost_unit", r.cost_unit);
  visit("epochs", r.epochs);
  visit("seed", r.seed);
  visit("first_worker", r.first_worker);
  visit("lease_step_samples", r.step_samples);
  visit("global_batch", r.global_batch);
  visit("micro_batch", r.micro_batch);
  visit("first_step", r.first_step);
  visit("end_step", r.end_step);
}

// "name TYPE, name TYPE": as CREATE TABLE has it.
class ColumnDeclarations {
 public:
  void operator()(const char* name, const std::string&) { add(name, "TEXT"); }
  void operator()(const char* name, WorkerState) { add(name, "TEXT"); }
  void operator()(const char* name, double) { add(name, "REAL"); }
  void operator()(const char* name, Duration) { add(name, "REAL"); }
  void operator()(const char* name, Instant) { add(name, "REAL"); }
  void operator()(const char* name, Rank) { add(name, "INTEGER"); }
  void operator()(const char* name, std::integral auto) { add(name, "INTEGER"); }

  const std::string& text() const { return text_; }

 private:
  void add(const char* name, const char* type) {
    text_ += text_.empty() ? "" : ", ";
    text_ += name;
    text_ += ' ';
    text_ += type;
  }

  std::string text_;
};

// "name, name", and as many question marks.
class ColumnNames {
 public:
  void operator()(const char* name, const auto&) {
    names_ += names_.empty() ? "" : ", ";
    names_ += name;
    marks_ += marks_.empty() ? "?" : ", ?";
  }

  const std::string& names() const { return names_; }
  const std::string& marks() const { return marks_; }

 private:
  std::string names_;
  std::string marks_;
};

// Binds one value after the other.
class ColumnWriter {
 public:
  explicit ColumnWriter(SQLite::Statement& statement) : statement_(statement) {}

  template <typename Value>
  ColumnWriter& put(const Value& value) {
    (*this)("", value);
    return *this;
  }

  void operator()(const char* /*name*/, const std::string& text) { statement_.bind(++at_, text); }
  void operator()(const char* /*name*/, double number) { statement_.bind(++at_, number); }
  void operator()(const char* /*name*/, WorkerState state) {
    statement_.bind(++at_, std::string(state_name(state)));
  }
  void operator()(const char* name, Duration time) { (*this)(name, to_seconds(time)); }
  void operator()(const char* name, Instant time) { (*this)(name, to_seconds(time)); }
  void operator()(const char* name, Rank rank) { (*this)(name, rank.value()); }
  void operator()(const char* /*name*/, std::integral auto number) {
    statement_.bind(++at_, static_cast<std::int64_t>(number));
  }

 private:
  SQLite::Statement& statement_;
  int at_ = 0;
};

// Reads one value after the other, from a column on.
class ColumnReader {
 public:
  ColumnReader(SQLite::Statement& statement, int first) : statement_(statement), at_(first - 1) {}

  void operator()(const char* /*name*/, std::string& text) { text = next().getString(); }
  void operator()(const char* /*name*/, double& number) { number = next().getDouble(); }
  void operator()(const char* /*name*/, WorkerState& state) {
    state = state_named(next().getString()).value_or(WorkerState::lost);
  }
  void operator()(const char* /*name*/, Duration& time) { time = from_seconds(next().getDouble()); }
  void operator()(const char* /*name*/, Instant& time) { time = instant_at(next().getDouble()); }
  void operator()(const char* /*name*/, Rank& rank) { rank = Rank(next().getInt()); }
  void operator()(const char* /*name*/, bool& flag) { flag = next().getInt() != 0; }
  template <std::integral Number>
  void operator()(const char* /*name*/, Number& number) {
    number = static_cast<Number>(next().getInt64());
  }

 private:
  SQLite::Column next() { return statement_.getColumn(++at_); }

  SQLite::Statement& statement_;
  int at_;
};

}  // namespace evenkeel

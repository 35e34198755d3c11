// The columns of records wherever they are tables: in ledgers and reports. Each field is listed
// once, for declaring, writing and reading.
#pragma once

#include <concepts>
#include <type_traits>

#include "coordinator/job_description.h"
#include "coordinator/learned_files.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"
#include "core/interval.h"
#include "core/types.h"

namespace evenkeel {

template <typename T, typename Record>
concept Like = std::same_as<std::remove_const_t<T>, Record>;

// columns(visit, record): visit(name, field) for each. Times are seconds.
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
  visit("starting_s", r.starting);
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
  visit("options", r.options);
}

void columns(auto&& visit, Like<Pass> auto& p) {
  visit("dataset", p.dataset);
  visit("epoch", p.epoch);
}
void columns(auto&& visit, Like<Interval> auto& i) {
  visit("begin", i.begin);
  visit("end", i.end);
}
void columns(auto&& visit, Like<Span> auto& s) {
  columns(visit, s.pass);
  columns(visit, s.interval);
  visit("rank", s.rank);
  visit("lease", s.lease);
  visit("t0", s.first_start);
  visit("t1", s.last_end);
}
void columns(auto&& visit, Like<Event> auto& e) {
  visit("t", e.time);
  visit("rank", e.rank);
  visit("kind", e.kind);
  visit("before", e.before);
  visit("after", e.after);
  visit("samples", e.samples);
  visit("step", e.step);
  visit("steps_to_plan", e.steps_to_plan);
  visit("lost_s", e.lost_s);
  visit("tag", e.tag);
  visit("holder", e.holder);
}
void columns(auto&& visit, Like<SetAsideSamples> auto& s) {
  columns(visit, s.pass);
  visit("path", s.path);
  visit("first", s.first);
  visit("count", s.count);
}
void columns(auto&& visit, Like<LearnedFile> auto& f) {
  visit("file", f.file);
  visit("path", f.path);
  visit("factor", f.factor);
}
void columns(auto&& visit, Like<LearnedHome> auto& f) {
  visit("file", f.file);
  visit("path", f.path);
  visit("host", f.host);
}
void columns(auto&& visit, Like<WorkerProgress> auto& p) {
  visit("rank", p.rank);
  visit("t", p.last_end);
  visit("steps", p.steps);
  visit("cost", p.cost);
  visit("busy_s", p.busy);
}

}  // namespace evenkeel

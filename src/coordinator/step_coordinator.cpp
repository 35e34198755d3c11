#include "coordinator/step_coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "coordinator/batch_costs.h"
#include "core/check.h"

namespace evenkeel {
namespace {

constexpr std::size_t recent_steps = 256;
constexpr double newest_step_weight = 0.25;

// A plan lasts so long, and for each worker so long, that telling them takes rank 0 a small part
// of it; and no fewer steps than it takes to come. The shorter, the sooner a change of speed is
// answered: in steps of more than these 10 ms, at once.
constexpr double least_plan_s = 0.01;
constexpr double least_plan_s_per_worker = 10e-6;
constexpr double most_plan_steps = 10'000;

// Workers ask for a plan, and report, as they leave the same all-reduce: the first request is not
// answered before all have come, unless one takes this share of a step longer.
constexpr double patience_in_steps = 0.25;
// Before the first step is done nobody knows how long steps are. They may be short, but there is a
// plan to work by.
constexpr double first_patience_s = 0.05;

// Workers that have not said once in so many steps where their local work ends are named.
constexpr std::int64_t untold_steps_noticed = 5;

}  // namespace

StepCoordinator::StepCoordinator(const Dataset& dataset, const CoordinatorOptions& options)
    : options_(options),
      line_(options.step.value().line),
      divider_(options.step_divider(), batch_costs(dataset, options.order, *options.step)),
      tally_(options.workers, line_.first_step),
      attendance_(options.workers),
      deadlines_(options.lease_deadline, options.report_interval),
      records_(options.workers),
      reduce_s_(options.workers, 0),
      speed_events_(line_.first_step),
      spreads_(options.workers),
      tiles_(options.workers, 0),
      recent_steps_(recent_steps),
      ideal_steps_(recent_steps),
      equal_steps_(recent_steps),
      planned_until_(line_.first_step),
      pausing_(options.workers, false) {
  job_.samples_before = line_.samples_in(line_.first_step);
  job_.samples = line_.samples_in(line_.steps) - job_.samples_before;
  job_.cost =
      dataset.cost() / static_cast<double>(dataset.samples()) * static_cast<double>(job_.samples);
  expect_word(Instant());
}

void StepCoordinator::receive(Rank from, const StepMode::ToCoordinator& message, Instant now,
                              Outbox& out) {
  const WorkerIndex worker = index_of(from, options_.first_worker);
  if (worker.value() < 0 || worker.value() >= options_.workers) {
    throw ProtocolError(fmt::format("rank {} is not a worker of this job", from.value()));
  }
  ++job_.messages;
  stalled_ = false;
  if (attendance_.of(worker) == WorkerLife::starting) {
    attendance_.become(worker, WorkerLife::working);
  }
  end_pause(worker);
  std::visit([&](const auto& m) { on(worker, m, now, out); }, message);
  expect_word(now);
}

void StepCoordinator::wake(Instant now, Outbox& out) {
  if (plan_at_ && now >= *plan_at_) plan(out);
  if (deadlines_.next_look() && now >= *deadlines_.next_look()) look_at_silence(now, out);
}

std::optional<Instant> StepCoordinator::next_wake() const {
  const std::optional<Instant> look = deadlines_.next_look();
  if (!look || !plan_at_) return look ? look : plan_at_;
  return std::min(*look, *plan_at_);
}

// ---- what workers say

void StepCoordinator::on(WorkerIndex worker, const StepReport& report, Instant now, Outbox& out) {
  const std::int64_t reported = tally_.reported(worker);
  if (report.steps > 0 &&
      (report.first_step != reported || report.first_step + report.steps > planned_until_)) {
    throw ProtocolError(fmt::format(
        "rank {} reports {} steps from {} on, but it has reported {}, and {} are planned",
        rank_of(worker).value(), report.steps, report.first_step, reported, planned_until_));
  }
  if (report.wants_plan && report.planned_until >= line_.steps) {
    throw ProtocolError(fmt::format("rank {} asks for steps from {} on, but the job has {}",
                                    rank_of(worker).value(), report.planned_until, line_.steps));
  }
  WorkerRecord& record = records_[worker];
  for (std::size_t i = 0; i < static_cast<std::size_t>(report.steps); ++i) {
    StepTimes times = report.times[i];
    if (options_.workers == 1) times.local_told = true;  // there is nobody to wait for
    const Instant end =
        std::min(latest(now), report.last_end) - from_seconds(static_cast<double>(times.ended_s));
    for (float StepTimes::*const time :
         {&StepTimes::local_s, &StepTimes::reduce_s, &StepTimes::paused_s}) {
      const auto reported_s = static_cast<double>(times.*time);
      const double longest_s = to_seconds(latest(now));
      if (reported_s <= longest_s) continue;
      out.emplace_back(ImpossibleTime{rank_of(worker), reported_s, longest_s});
      times.*time = static_cast<float>(longest_s);
    }
    take_step(worker, times, end, now, out);
  }
  record.cost += report.cost;
  record.data = sum_of(record.data, std::min(report.data, longest(now)));
  record.waited_for_coordinator =
      sum_of(record.waited_for_coordinator, std::min(report.waited_for_plan, longest(now)));
  record.paused = sum_of(record.paused, std::min(report.paused, longest(now)));
  job_.cost_done += report.cost;
  if (!report.wants_plan || report.planned_until != planned_until_) return;  // or it is on its way
  lead_steps_ = askers_ == 0 ? report.lead_steps : std::max(lead_steps_, report.lead_steps);
  if (askers_ == 0) plan_at_ = now + patience_with_askers();
  ++askers_;
  if (askers_ == options_.workers || now >= *plan_at_) plan(out);
}

Duration StepCoordinator::patience_with_askers() const {
  if (step_s_ > 0) return from_seconds(patience_in_steps * step_s_);
  return planned_until_ == line_.first_step ? Duration::zero() : from_seconds(first_patience_s);
}

void StepCoordinator::on(WorkerIndex worker, const Farewell& /*farewell*/, Instant /*now*/,
                         Outbox& /*out*/) {
  const WorkerLife life = attendance_.of(worker);
  if (tally_.reported(worker) < line_.steps || life == WorkerLife::closing ||
      life == WorkerLife::finished) {
    throw ProtocolError(fmt::format("rank {} leaves unbidden", rank_of(worker).value()));
  }
  attendance_.become(worker, WorkerLife::closing);
}

void StepCoordinator::on(WorkerIndex worker, const Close& /*close*/, Instant /*now*/,
                         Outbox& /*out*/) {
  if (attendance_.of(worker) == WorkerLife::finished) return;  // its patience was over
  if (attendance_.of(worker) != WorkerLife::closing) {
    throw ProtocolError(fmt::format("rank {} closes without a farewell", rank_of(worker).value()));
  }
  attendance_.become(worker, WorkerLife::finished);
}

void StepCoordinator::on(WorkerIndex worker, const Leave& /*leave*/, Instant now, Outbox& out) {
  if (!attendance_.is_here(worker)) return;
  if (attendance_.of(worker) == WorkerLife::closing) return on(worker, Close{true}, now, out);
  attendance_.become(worker, WorkerLife::left);
  tell(speed_events_.take_all(), out);
  out.emplace_back(Event{now, rank_of(worker), EventKind::lost});
}

// Whoever has done a step has taken part in its all-reduce, and so have all others: one worker's
// word is enough.
void StepCoordinator::on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now,
                         Outbox& out) {
  if (checkpoint.step != tally_.reported(worker)) {
    throw ProtocolError(fmt::format("rank {} has saved its model at step {}, but has reported {}",
                                    rank_of(worker).value(), checkpoint.step,
                                    tally_.reported(worker)));
  }
  if (!options_.keeps_checkpoints || attendance_.of(worker) == WorkerLife::finished) {
    send(worker, CheckpointAnswer{checkpoint.tag, CheckpointState::unrecorded}, out);
    return;
  }
  const std::pair called(checkpoint.tag, checkpoint.step);
  if (last_checkpoint_ != called) {  // else others have told
    out.emplace_back(checkpoint_event(EventKind::checkpoint, now, rank_of(worker), checkpoint.tag,
                                      checkpoint.step));
  }
  last_checkpoint_ = called;
  ++job_.messages;
  out.emplace_back(CheckpointRecord{checkpoint.tag, now, checkpoint.step, {}, rank_of(worker)});
}

void StepCoordinator::on(WorkerIndex worker, const Pause& pause, Instant /*now*/, Outbox& /*out*/) {
  pausing_[worker] = true;
  ++pausing_workers_;
  pause_ = std::max(pause_, pause.expected);
}

// Whoever speaks is not pausing any more. What others say does not tell: they may only now report
// the step after which it paused.
void StepCoordinator::end_pause(WorkerIndex worker) {
  if (!pausing_[worker]) return;
  pausing_[worker] = false;
  if (--pausing_workers_ == 0) pause_ = Duration::zero();
}

void StepCoordinator::take_step(WorkerIndex worker, const StepTimes& times, Instant end,
                                Instant now, Outbox& out) {
  const std::int64_t step = tally_.reported(worker);
  const std::vector<Interval> part = part_of(worker, step);
  std::int64_t samples = 0;
  for (const Interval& interval : part) samples += interval.samples();
  if ((times.cost > 0) != (samples > 0)) {
    throw ProtocolError(fmt::format("rank {} reports a cost of {} for {} samples of step {}",
                                    rank_of(worker).value(), times.cost, samples, step));
  }
  if (times.stand_in > 0 && samples > 0) {
    throw ProtocolError(fmt::format("rank {} reports a stand-in of {} samples beside {} of step {}",
                                    rank_of(worker).value(), times.stand_in, samples, step));
  }
  const auto local_s = static_cast<double>(times.local_s);
  const auto reduce_s = static_cast<double>(times.reduce_s);
  const Duration local = from_seconds(local_s);
  longest_step_ = std::max(longest_step_, local);
  if (times.local_told) observe(worker, times, now, out);
  if (!part.empty()) {
    const Instant begin = end - from_seconds(reduce_s) - local;
    for (const Interval& interval : part) {
      out.emplace_back(Span{line_.pass(step), interval, rank_of(worker),
                            LeaseId(static_cast<std::uint64_t>(step)), begin, end});
    }
  }
  WorkerRecord& record = records_[worker];
  if (record.steps == 0) record.starting = (end - from_seconds(reduce_s) - local) - Instant();
  record.samples += samples;
  Duration& local_sum = times.local_told ? record.busy : record.undivided;
  local_sum = sum_of(local_sum, local);
  if (!times.local_told) ++record.untold_steps;
  ++record.steps;
  record.last_end = std::max(record.last_end, end);
  job_.last_end = std::max(job_.last_end, end);
  reduce_s_[worker] += reduce_s;
  job_.samples_done += samples;
  if (tally_.add(worker, times)) finish_step(out);
}

// Before the worker's step counts as reported.
void StepCoordinator::observe(WorkerIndex worker, const StepTimes& times, Instant now,
                              Outbox& out) {
  const auto local_s = static_cast<double>(times.local_s);
  if (times.cost > 0) {
    const auto cost = static_cast<double>(times.cost);
    const auto believed = planner().observe(worker, cost, local_s);
    look_at_speed(worker, local_s > 0 ? cost / local_s : 0, believed, now, out);
  } else if (times.stand_in > 0) {
    const double micro_batches =
        static_cast<double>(times.stand_in) / static_cast<double>(line_.micro_batch);
    const auto seen = planner().observe_stand_in(worker, micro_batches, local_s);
    if (seen) look_at_speed(worker, seen->rate, seen->change, now, out);
  }
}

// `rate`: of that step, 0 if it took no time.
void StepCoordinator::look_at_speed(WorkerIndex worker, double rate,
                                    const std::optional<SpeedChange>& believed, Instant now,
                                    Outbox& out) {
  SpeedSpread& spread = spreads_[worker];
  if (planner().is_measured(worker) && rate > 0) spread.add(rate);
  tell_of_tiles(worker, now, out);
  const auto change = believed ? spread.outstanding(*believed) : std::nullopt;
  if (!change) return;
  speed_events_.changed(now, rank_of(worker), *change, tally_.reported(worker));
  if (!divider_.balances()) tell(speed_events_.take_unanswered(), out);
}

void StepCoordinator::tell_of_tiles(WorkerIndex worker, Instant now, Outbox& out) {
  const std::int64_t tile = planner().tile(worker).value_or(0) * line_.micro_batch;
  if (tile == 0 || tile == tiles_[worker]) return;
  tiles_[worker] = tile;
  Event event{now, rank_of(worker), EventKind::tiles};
  event.samples = tile;
  event.step = tally_.reported(worker);
  out.emplace_back(event);
}

void StepCoordinator::finish_step(Outbox& out) {
  const std::int64_t step = tally_.done() - 1;
  ++job_.steps;
  const double weight = step == line_.first_step ? 1 : newest_step_weight;
  step_s_ += weight * (tally_.last_step_s() - step_s_);
  Baseline& baseline = planner().baseline();
  if (step == baseline.end() && divider_.balances()) {  // those before are not as now
    recent_steps_ = ideal_steps_ = RecentTimes(recent_steps);
  }
  if (tally_.last_told()) {
    const bool is_first = job_.steps - tally_.untold() == 1;
    comm_s_ += (is_first ? 1 : newest_step_weight) * (tally_.last_comm_s() - comm_s_);
    ideal_steps_.add(tally_.last_ideal_local_s() + tally_.last_comm_s());
  }
  planner().step_done(step, tally_.last_step_s(), comm_s_);
  recent_steps_.add(tally_.last_step_s());
  longest_step_ = std::max(longest_step_, from_seconds(tally_.last_step_s()));
  const bool is_whole = line_.batch(step).samples() == line_.global_batch;
  if (is_whole && baseline.measures(step)) {
    equal_steps_.add(tally_.last_step_s());
    baseline.measure(tally_.last_step_s());
  }
  while (divisions_.front().record.end_step <= step) divisions_.pop_front();
  std::vector<Event> settled;
  speed_events_.done(tally_.last_step_s(), settled);
  tell(settled, out);
  if (finished()) tell(speed_events_.take_all(), out);
  if (job_.steps == std::min(untold_steps_noticed, line_.steps - line_.first_step)) {
    tell_of_the_untold(out);
  }
}

void StepCoordinator::tell_of_the_untold(Outbox& out) const {
  UntoldWork untold;
  for (const WorkerIndex worker : records_.indices()) {
    const WorkerRecord& record = records_[worker];
    if (record.untold_steps == record.steps) untold.ranks.push_back(rank_of(worker));
  }
  if (!untold.ranks.empty()) out.emplace_back(std::move(untold));
}

void StepCoordinator::tell(const std::vector<Event>& events, Outbox& out) const {
  for (const Event& event : events) out.emplace_back(event);
}

std::vector<Interval> StepCoordinator::part_of(WorkerIndex worker, std::int64_t step) const {
  const auto division =
      std::find_if(divisions_.begin(), divisions_.end(),
                   [step](const StepDivision& d) { return step < d.record.end_step; });
  EVENKEEL_CHECK(division != divisions_.end());
  return division->part(line_, worker, step);
}

// ---- plans

void StepCoordinator::plan(Outbox& out) {
  const std::int64_t first = planned_until_;
  StepDivision division =
      divider_.divide(first, std::min(line_.steps, first + plan_steps()), comm_s_);
  speed_events_.balanced_from(planner().baseline().end());
  if (division.is_new) {
    speed_events_.divided(first, planner().expected_step_s().value_or(0) + comm_s_);
  } else if (first >= planner().baseline().end()) {
    tell(speed_events_.take_unanswered(), out);  // they did not make another division worth while
  }
  ++plans_;
  for (const WorkerIndex worker : records_.indices()) {
    records_[worker].step_samples = division.step_samples(line_, worker);
    send_members(worker, division, out);
    Plan plan{plans_, first, division.record.end_step};
    if (division.members.empty()) {
      plan.before = division.before[worker];
      plan.count = division.record.counts[worker];
    } else {
      plan.has_members = true;
    }
    send(worker, plan, out);
  }
  out.emplace_back(division.record);
  planned_until_ = division.record.end_step;
  askers_ = 0;
  plan_at_.reset();
  divisions_.push_back(std::move(division));
}

void StepCoordinator::send_members(WorkerIndex worker, const StepDivision& division, Outbox& out) {
  PlanMembers chunk;
  chunk.plan = plans_;
  const auto put = [&](std::uint32_t number) {
    chunk.list[static_cast<std::size_t>(chunk.numbers++)] = number;
    if (chunk.numbers < std::ssize(chunk.list)) return;
    send(worker, chunk, out);
    chunk.numbers = 0;
  };
  for (const BatchMembers& batch : division.members) {
    const std::span<const std::uint32_t> places = batch.of(worker);
    put(static_cast<std::uint32_t>(places.size()));
    for (const std::uint32_t place : places) put(place);
  }
  if (chunk.numbers > 0) send(worker, chunk, out);
}

void StepCoordinator::send(WorkerIndex worker, const StepMode::ToWorker& message, Outbox& out) {
  ++job_.messages;
  out.emplace_back(Send<StepMode>{rank_of(worker), message});
}

std::int64_t StepCoordinator::plan_steps() const {
  // Equal steps are planned no further ahead than need be: they may turn out to be dear.
  const bool is_undecided = planner().baseline().end() == Baseline::undecided;
  if (is_undecided && divider_.balances()) return lead_steps_;
  const double least_s = std::max(least_plan_s, least_plan_s_per_worker * options_.workers);
  const double steps = step_s_ > 0 ? std::ceil(least_s / step_s_) : 1;
  return std::max(static_cast<std::int64_t>(std::min(steps, most_plan_steps)),
                  std::int64_t{lead_steps_});
}

// ---- silence

void StepCoordinator::look_at_silence(Instant now, Outbox& out) {
  const Instant deadline = *deadlines_.next_look();
  deadlines_.begin_look(now);
  if (deadlines_.silence_counts_from(deadline) > deadline) {  // it was rank 0 that stood still
    expect_word(now);
  } else if (finished()) {
    lose_the_silent(out);
  } else {
    stalled_ = true;
    tell(speed_events_.take_all(), out);
  }
}

// The job goes on as long as somebody speaks: after the last word, all wait for one.
void StepCoordinator::expect_word(Instant now) {
  deadlines_.begin_look(now);
  if (attendance_.here() == 0) return;
  deadlines_.expect(now + (finished() ? deadlines_.farewell_patience() + pause_
                                      : deadlines_.patience(longest_step_, 0) + pause_));
}

// All steps are done: only farewells are missing, or the last words after them.
void StepCoordinator::lose_the_silent(Outbox& out) {
  for (const WorkerIndex worker : records_.indices()) {
    const WorkerLife life = attendance_.of(worker);
    if (!is_here(life)) continue;
    const bool is_closing = life == WorkerLife::closing;
    attendance_.become(worker, is_closing ? WorkerLife::finished : WorkerLife::lost);
    if (is_closing) send(worker, Closed{}, out);
  }
}

// ---- records

JobRecord StepCoordinator::job() const {
  JobRecord record = job_;
  record.bound_s = tally_.ideal_local_s() + tally_.comm_s();
  // Steps of which that is not known are taken for as good as the others.
  const std::int64_t told = record.steps - tally_.untold();
  if (told > 0) record.bound_s *= static_cast<double>(record.steps) / static_cast<double>(told);
  return record;
}

std::optional<StepRecord> StepCoordinator::steps() const {
  StepRecord record;
  record.plans = plans_;
  const std::int64_t epochs =
      line_.steps / line_.steps_an_epoch() - line_.first_step / line_.steps_an_epoch();
  const std::int64_t kept = line_.samples_in(line_.steps_an_epoch());
  record.dropped_samples = epochs * (line_.samples - kept);
  record.median_s = recent_steps_.quantile(0.5);
  record.p95_s = recent_steps_.quantile(0.95);
  record.untold_steps = tally_.untold();
  const auto best_s = none_told() ? std::nullopt : planner().best_step_s();
  if (options_.step->by_cost) {
    record.bound_s = ideal_steps_.quantile(0.5);
  } else if (best_s) {
    record.bound_s = *best_s + comm_s_;
  }
  const Baseline& baseline = planner().baseline();
  record.equal_measured = !equal_steps_.empty();
  record.equal_begin = baseline.first_measured();
  record.equal_end = std::max(record.equal_begin, std::min(baseline.end(), tally_.done()));
  if (record.equal_measured) {
    record.equal_s = equal_steps_.quantile(0.5);
  } else if (const auto equal_s = planner().equal_step_s(); equal_s && !none_told()) {
    record.equal_s = *equal_s + comm_s_;
  }
  const double mean_s = tally_.mean_local_s();
  if (mean_s > 0) record.imbalance = (tally_.longest_local_s() - mean_s) / mean_s;
  return record;
}

WorkerRecord StepCoordinator::worker(Rank rank) const {
  const WorkerIndex worker = index_of(rank, options_.first_worker);
  WorkerRecord record = records_[worker];
  record.state = state_of(attendance_.of(worker));
  record.speed = planner().rate(worker);
  record.speed_noise = planner().noise(worker);
  if (none_told()) {
    record.undivided = sum_of(record.undivided, from_seconds(reduce_s_[worker]));
    return record;
  }
  record.comm = from_seconds(tally_.comm_s());
  const double for_pauses_s = tally_.waited_for_pauses_s(worker);
  record.paused = sum_of(record.paused, from_seconds(for_pauses_s));
  record.waited_for_others =
      from_seconds(std::max(0.0, reduce_s_[worker] - tally_.comm_s() - for_pauses_s));
  record.times_last = tally_.times_last(worker);
  return record;
}

Pass StepCoordinator::pass() const { return line_.pass(std::min(tally_.done(), line_.steps - 1)); }

}  // namespace evenkeel

#include "simulation/step_run_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "simulation/faults.h"
#include "simulation/global_batches.h"
#include "simulation/latest_end.h"
#include "simulation/step_plans_check.h"

namespace evenkeel {
namespace {

// What the spans say of a worker.
struct Told {
  std::int64_t samples = 0;
  std::int64_t steps = 0;  // in which it had a part
  std::int64_t last_step = -1;
};

// Looks for faults in a run.
class Check {
 public:
  Check(const RandomStepJob& job, const StepRun& run)
      : job_(job),
        run_(run),
        result_(run.result),
        line_(job.options.step->line),
        steps_done_(run.result.step_ends.size()),
        expected_(line_, steps_done_),
        samples_(run.result.workers.size()),
        told_(run.result.workers.size()) {}

  std::vector<std::string> faults() {
    check_plans(job_, result_, faults_);
    if (!faults_.list().empty()) return faults_.list();  // parts are compared with plans
    check_parts();
    check_spans();
    check_workers();
    check_times();
    check_events();
    if (result_.complete) {
      check_totals();
      check_messages();
      check_equal_steps();
    }
    check_end();
    return faults_.list();
  }

 private:
  void check_parts() {
    std::size_t at = 0;
    for (std::size_t step = 0; step < steps_done_; ++step) {
      const GlobalBatches::Batch& batch = expected_.batches[step];
      Position reached = batch.interval.begin;
      std::fill(samples_.begin(), samples_.end(), 0);
      for (; at < run_.parts.size() && std::cmp_equal(run_.parts[at].step, step); ++at) {
        const StepPart& part = run_.parts[at];
        if (part.pass != batch.pass) fault("step {}: epoch {}", step, part.pass.epoch.value());
        if (part.interval.begin != reached || part.interval.empty()) {
          fault("step {}: {} to {} follows on {}", step, part.interval.begin.value(),
                part.interval.end.value(), reached.value());
        }
        reached = part.interval.end;
        samples_[index_of(part.rank)] += part.interval.samples();
      }
      if (reached != batch.interval.end) fault("step {} ends at {}", step, reached.value());
      check_counts(static_cast<std::int64_t>(step), batch.interval.samples());
    }
    if (at != run_.parts.size()) fault("{} parts are of no step done", run_.parts.size() - at);
  }

  // Of `samples_`, by worker, in a step whose batch has `batch` samples.
  void check_counts(std::int64_t step, std::int64_t batch) {
    const auto plan = std::find_if(result_.plans.begin() + plan_, result_.plans.end(),
                                   [&](const PlanRecord& p) { return step < p.end_step; });
    plan_ = plan - result_.plans.begin();
    if (plan == result_.plans.end()) return fault("step {} is in no plan", step);
    const StepModeOptions& mode = *job_.options.step;
    const bool is_whole = batch == line_.global_batch;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      std::int64_t least = is_whole ? mode.least : 0;
      std::int64_t most = mode.most;
      if (plan->shares.empty()) {
        most = plan->counts[WorkerIndex(static_cast<std::int32_t>(i))];
        least = is_whole ? most : 0;
      } else if (!is_whole) {
        least = std::min(mode.least, batch / job_.options.workers);
      }
      const bool is_in_range =
          samples_[i] >= least * line_.micro_batch && samples_[i] <= most * line_.micro_batch;
      if (!is_in_range || (is_whole && samples_[i] % line_.micro_batch != 0)) {
        fault("step {}: {} samples for worker {}, not {} to {} micro-batches of {}", step,
              samples_[i], i, least, most, line_.micro_batch);
      }
    }
  }

  // Spans are of steps that were done, each once; those of steps that all workers told, and so of a
  // complete job, are all there.
  void check_spans() {
    auto part = run_.parts.begin();
    for (const Span& span : run_.spans) {
      const auto step = static_cast<std::int64_t>(span.lease.value());
      const StepPart of{step, span.interval, span.rank, span.pass};
      part = std::find(part, run_.parts.end(), of);
      if (part == run_.parts.end()) {
        return fault("the span of step {} from {} on was not done", step,
                     span.interval.begin.value());
      }
      ++part;
      Told& told = told_[index_of(span.rank)];
      told.samples += span.interval.samples();
      told.steps += std::exchange(told.last_step, step) != step ? 1 : 0;
      check_span_times(span, static_cast<std::size_t>(step));
    }
    const std::int64_t told = result_.job.steps;
    const auto spans = std::ranges::count_if(
        run_.spans, [&](const Span& span) { return std::cmp_less(span.lease.value(), told); });
    const auto parts =
        std::ranges::count_if(run_.parts, [&](const StepPart& one) { return one.step < told; });
    if (spans != parts) fault("{} spans of {} parts that were told", spans, parts);
  }

  void check_span_times(const Span& span, std::size_t step) {
    if (result_.lies > 0) return;
    const Instant begin = step > 0 ? result_.step_ends[step - 1] : Instant();
    const Instant end = result_.step_ends[step];
    const bool is_end = std::abs(to_seconds(span.last_end - end)) <= tolerance_s();
    const double reduce_s = to_seconds(all_reduce());
    if (!is_end || to_seconds(begin - span.first_start) > tolerance_s() ||
        to_seconds(span.last_end - span.first_start) < reduce_s - tolerance_s()) {
      fault("step {}: rank {} from {} to {} s, not within {} to {} s", step, span.rank.value(),
            to_seconds(span.first_start), to_seconds(span.last_end), to_seconds(begin),
            to_seconds(end));
    }
  }

  void check_workers() {
    std::int64_t samples = 0;
    std::int64_t times_last = 0;
    std::int64_t told_by_all = line_.own_steps();
    for (std::size_t i = 0; i < told_.size(); ++i) {
      const WorkerRecord& worker = result_.workers[i];
      samples += told_[i].samples;
      times_last += worker.times_last;
      if (worker.samples != told_[i].samples) {
        fault("worker {}: {} samples, not {}", i, worker.samples, told_[i].samples);
      }
      if (worker.steps > std::ssize(result_.step_ends) || worker.steps < result_.job.steps) {
        fault("worker {}: {} steps", i, worker.steps);
      }
      told_by_all = std::min<std::int64_t>(told_by_all, worker.steps);
      check_state(i, worker.state);
    }
    if (result_.job.steps != told_by_all) fault("{} steps, not {}", result_.job.steps, told_by_all);
    if (times_last != result_.job.steps) fault("last in {} steps", times_last);
    if (result_.job.samples_done != samples) fault("{} samples done", result_.job.samples_done);
  }

  // Where words were lost for ever, others may have told all steps, and left.
  void check_state(std::size_t worker, WorkerState state) {
    if (state == WorkerState::lost && !job_.cluster.ranks[worker].dies_at) {
      fault("worker {} is lost, but lives", worker);
    }
    const bool has_left = state == WorkerState::finished;
    const bool told_all = result_.workers[worker].steps == line_.own_steps();
    if (has_left == result_.complete || (loses_words() && has_left && told_all)) return;
    fault("worker {} has left: {}", worker, has_left);
  }

  void check_times() {
    if (result_.step_ends.empty() || result_.lies > 0) return;
    const double whole_s = to_seconds(result_.step_ends.back());
    const double comm_s = static_cast<double>(result_.job.steps) * to_seconds(all_reduce());
    for (std::size_t i = 0; i < result_.workers.size(); ++i) {
      const WorkerRecord& worker = result_.workers[i];
      check_sum(i, worker, whole_s);
      if (std::abs(to_seconds(worker.comm) - comm_s) > tolerance_s()) {
        fault("worker {}: {} s of all-reduce, not {}", i, to_seconds(worker.comm), comm_s);
      }
      if (worker.data != Duration::zero() || worker.paused != Duration::zero()) {
        fault("worker {} loads for {} s and pauses for {} s", i, to_seconds(worker.data),
              to_seconds(worker.paused));
      }
      check_work(i);
    }
    if (result_.job.bound_s > whole_s + tolerance_s()) {
      fault("{} s, below the bound of {} s", whole_s, result_.job.bound_s);
    }
  }

  // Where the job ended early, some steps were not told, and some waits were for steps not done.
  void check_sum(std::size_t index, const WorkerRecord& worker, double whole_s) {
    const Duration steps = worker.busy + worker.waited_for_others + worker.comm + worker.paused;
    const Duration sum = steps + worker.waited_for_coordinator;
    if (result_.complete ? std::abs(to_seconds(sum) - whole_s) <= tolerance_s()
                         : to_seconds(steps) <= whole_s + tolerance_s()) {
      return;
    }
    fault("worker {}: {} s of {} s; work {}, uneven {}, comm {}, coordinator {}", index,
          to_seconds(sum), whole_s, to_seconds(worker.busy), to_seconds(worker.waited_for_others),
          to_seconds(worker.comm), to_seconds(worker.waited_for_coordinator));
  }

  // Where a device is always the same, how long its work took can be told.
  void check_work(std::size_t worker) {
    const RankProfile& rank = job_.cluster.ranks[worker];
    const WorkerRecord& record = result_.workers[worker];
    if (rank.noise > 0 || !rank.phases.empty() || !rank.hangs.empty()) return;
    const std::int64_t parts = told_[worker].steps;
    const std::int64_t stand_ins = job_.cluster.stand_in > 0 ? record.steps - parts : 0;
    const double stand_in_cost = job_.dataset.cost() / static_cast<double>(job_.dataset.samples()) *
                                 static_cast<double>(job_.cluster.stand_in);
    const double cost = record.cost + static_cast<double>(stand_ins) * stand_in_cost;
    const auto steps = static_cast<double>(parts + stand_ins);
    const double work_s = steps * to_seconds(rank.overhead) + cost / rank.speed;
    // A step ends on a whole nanosecond.
    if (std::abs(to_seconds(record.busy) - work_s) > tolerance_s() + 1e-9 * steps) {
      fault("worker {}: {} s of work, not {}", worker, to_seconds(record.busy), work_s);
    }
  }

  void check_events() {
    const std::int64_t kept = std::ssize(result_.events.list());
    if (kept + result_.events.left_out() != std::ssize(run_.events)) {
      fault("{} events kept of {}", kept, run_.events.size());
    }
    for (const Event& event : run_.events) {
      if (event.kind == EventKind::tiles) {
        if (event.samples < 2 || event.step < 0 || event.step >= std::ssize(result_.step_ends)) {
          fault("rank {} has tiles of {} at step {}", event.rank.value(), event.samples,
                event.step);
        }
        continue;
      }
      const bool is_slower = event.kind == EventKind::slower;
      const bool is_change = is_slower || event.kind == EventKind::faster;
      const bool is_at_step = event.step >= 0 && event.step < std::ssize(result_.step_ends);
      if (!is_change || is_slower != (event.after < event.before) || !is_at_step ||
          event.steps_to_plan < Event::in_baseline || event.lost_s < 0) {
        fault("event of rank {}: step {}, {} to {}, answered in {} steps, cost {} s",
              event.rank.value(), event.step, event.before, event.after, event.steps_to_plan,
              event.lost_s);
      }
    }
  }

  void check_totals() {
    const JobRecord& done = result_.job;
    if (done.samples != expected_.samples || done.samples_done != expected_.samples) {
      fault("{} of {} samples done, not {}", done.samples_done, done.samples, expected_.samples);
    }
    if (result_.steps.dropped_samples != expected_.dropped) {
      fault("{} samples dropped, not {}", result_.steps.dropped_samples, expected_.dropped);
    }
    if (done.last_end != result_.step_ends.back()) fault("ends at {}", to_seconds(done.last_end));
    double cost = 0;
    for (const WorkerRecord& worker : result_.workers) cost += worker.cost;
    if (std::abs(done.cost_done - cost) > 1e-9 * cost) fault("{} done of {}", done.cost_done, cost);
    const bool is_whole_epochs = expected_.dropped == 0 && done.samples % line_.samples == 0;
    if ((job_.dataset.uniform_cost() || is_whole_epochs) &&
        std::abs(cost - done.cost) > 1e-6 * cost) {
      fault("cost {}, not {}", cost, done.cost);
    }
  }

  // A worker reports at most once a step and once a plan, and leaves.
  void check_messages() {
    const std::int64_t workers = job_.options.workers;
    const std::int64_t plans = std::ssize(result_.plans);
    std::int64_t most = workers * (line_.steps + 3 * plans + 2);
    if (job_.options.step->by_cost) {
      const std::int64_t numbers = expected_.samples + workers * line_.steps;
      most += numbers / static_cast<std::int64_t>(PlanMembers::most_numbers);
    }
    if (result_.job.messages > most) {
      fault("{} messages, and {} would do", result_.job.messages, most);
    }
  }

  // Whole batches among the equal steps after the warm-up are measured: one at least, if the job
  // goes on.
  void check_equal_steps() {
    const StepRecord& record = result_.steps;
    const bool has_baseline = job_.options.step->baseline && job_.options.policy.weights.empty();
    std::int64_t measured = 0;
    for (std::int64_t step = record.equal_begin; step < record.equal_end; ++step) {
      const Interval batch = expected_.batches[static_cast<std::size_t>(step)].interval;
      measured += batch.samples() == line_.global_batch ? 1 : 0;
    }
    const std::int64_t least = has_baseline && record.equal_end < line_.steps ? 1 : 0;
    const bool is_begin_right =
        record.equal_begin == (has_baseline ? job_.options.warmup_steps : 0);
    if (!is_begin_right || measured < least || record.equal_measured != (measured > 0) ||
        (!has_baseline && record.equal_end > 0) || record.equal_s < 0) {
      fault("equal steps {} to {}, measured: {}", record.equal_begin, record.equal_end,
            record.equal_measured);
    }
    if (!(record.median_s > 0 && record.median_s <= record.p95_s)) {
      fault("steps of {} s, or {} s", record.median_s, record.p95_s);
    }
  }

  // A job ends early only for a death, whose steps were all done before, or because a worker is cut
  // off for ever: then the steps that all workers told count.
  void check_end() {
    const std::int64_t done = std::ssize(result_.step_ends);
    const std::int64_t told = result_.job.steps;
    const bool is_all_told = result_.complete == (done == line_.steps) &&
                             told + std::int64_t{StepReport::most_steps} > done;
    if (told > done || !(is_all_told || loses_words())) {
      fault("{} of {} steps done, {} of them told, complete: {}", done, line_.steps, told,
            result_.complete);
    }
    bool has_mortals = loses_words();
    for (const RankProfile& rank : job_.cluster.ranks) {
      if (!rank.dies_at) continue;
      has_mortals = true;
      if (done >= 2 && *rank.dies_at <= result_.step_ends[steps_done_ - 2]) fault("a dead worker");
    }
    if (!result_.complete && !has_mortals)
      fault("given up after {} of {} steps", done, line_.steps);
    if (!result_.ended_at) return fault("waits for ever");
    const double latest_s = latest_end_s(job_);
    if (to_seconds(*result_.ended_at) > latest_s) {
      fault("ends after {} s, not within {} s", to_seconds(*result_.ended_at), latest_s);
    }
  }

  bool loses_words() const { return result_.held_up.for_ever > 0; }
  std::size_t index_of(Rank rank) const {
    return static_cast<std::size_t>(rank.value() - job_.options.first_worker.value());
  }
  Duration all_reduce() const { return job_.cluster.all_reduce.time(job_.cluster.ranks.size()); }

  // Seconds are told as floats.
  double tolerance_s() const { return 1e-6 * to_seconds(result_.step_ends.back()) + 1e-6; }

  template <typename... Values>
  void fault(fmt::format_string<Values...> text, Values&&... values) {
    faults_.add(text, std::forward<Values>(values)...);
  }

  const RandomStepJob& job_;
  const StepRun& run_;
  const StepSimulationResult& result_;
  const BatchLine& line_;
  std::size_t steps_done_;
  GlobalBatches expected_;
  std::vector<std::int64_t> samples_;  // by worker, of the step looked at
  std::ptrdiff_t plan_ = 0;            // of that step
  std::vector<Told> told_;             // by worker
  Faults faults_;
};

}  // namespace

std::vector<std::string> check_run(const RandomStepJob& job, const StepRun& run) {
  return Check(job, run).faults();
}

}  // namespace evenkeel

#include "simulation/step_job_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <exception>

#include "simulation/latest_end.h"
#include "simulation/step_run.h"
#include "simulation/step_run_check.h"

namespace evenkeel {
namespace {

StepRun run_of(const RandomStepJob& job) {
  return run_steps(job.dataset, job.cluster, job.options, job.seed, job.read_ahead);
}

void heal(std::vector<RankProfile::Hang>& cuts) {
  std::erase_if(cuts, [](const RankProfile::Hang& cut) { return cut.to == RankProfile::never; });
}

// Nobody dies, or is cut off for ever.
ClusterProfile without_losses(ClusterProfile cluster) {
  for (RankProfile& rank : cluster.ranks) {
    rank.dies_at.reset();
    heal(rank.cut_to_coordinator);
    heal(rank.cut_to_rank);
  }
  return cluster;
}

// The first cut for ever.
Instant first_cut(const ClusterProfile& cluster) {
  Instant first = RankProfile::never;
  for (const RankProfile& rank : cluster.ranks) {
    first = std::min(first, cut_for_ever(rank.cut_to_coordinator));
    first = std::min(first, cut_for_ever(rank.cut_to_rank));
  }
  return first;
}

// Somebody has died in the first step that was not done, or was cut off before that; and has
// changed nothing before.
std::vector<std::string> check_loss(const RandomStepJob& job, const StepRun& run) {
  RandomStepJob immortal = job;
  immortal.cluster = without_losses(job.cluster);
  const StepRun other = run_of(immortal);
  const std::vector<Instant>& ends = run.result.step_ends;
  const std::vector<Instant>& other_ends = other.result.step_ends;
  const Instant cut = run.result.held_up.for_ever > 0 ? first_cut(job.cluster) : RankProfile::never;
  const auto kept = std::ranges::upper_bound(ends, cut) - ends.begin();
  if (cut == RankProfile::never && ends.size() >= other_ends.size()) return {"dies in no step"};
  if (kept > std::ssize(other_ends) ||
      !std::equal(ends.begin(), ends.begin() + kept, other_ends.begin())) {
    return {"steps before the loss differ from those without it"};
  }
  const auto dies_in_time = [&](const RankProfile& rank) {
    return rank.dies_at && *rank.dies_at < other_ends[ends.size()];
  };
  if (cut == RankProfile::never && std::ranges::none_of(job.cluster.ranks, dies_in_time)) {
    return {fmt::format("ended in step {}, before the death", ends.size())};
  }
  return check_run(immortal, other);
}

// The same plans, on a cluster that is noisier and read further ahead: the same division.
std::vector<std::string> check_replay(const RandomStepJob& job, const StepRun& run) {
  RandomStepJob again = job;
  again.cluster = without_losses(job.cluster);
  for (RankProfile& rank : again.cluster.ranks) rank.noise = 0.3;
  again.options.step->replay = run.result.plans;
  again.read_ahead = (job.read_ahead + 3) % 9;
  const StepRun other = run_of(again);
  if (other.result.plans != run.result.plans) return {"replays other plans"};
  if (other.parts != run.parts) return {"divides otherwise when it is replayed"};
  return check_run(again, other);
}

void count_division(const RandomStepJob& job, const PlanRecord& plan, const PlanRecord* before,
                    StepJobsHappened& happened) {
  happened.members_plans += plan.shares.empty() ? 0 : 1;
  if (before != nullptr && (plan.counts != before->counts || plan.shares != before->shares)) {
    ++happened.redivisions;
  }
  const std::int64_t all = job.options.step->line.micro_batches();
  if (all < job.options.workers) return;  // they cannot all have a part
  const std::int64_t most = job.options.step->most;
  for (const WorkerIndex i : plan.counts.indices()) {
    const bool had_part = before == nullptr || before->counts.empty() || before->counts[i] > 0;
    const bool has_part = plan.counts[i] > 0;
    if (had_part && !has_part) ++happened.left_out;
    if (!had_part && has_part) ++happened.brought_back;
    if (plan.counts[i] == most && most * job.options.workers > all) ++happened.at_most;
  }
}

void count_profile(const RandomStepJob& job, Instant end, StepJobsHappened& happened) {
  for (const RankProfile& rank : job.cluster.ranks) {
    for (const auto& hang : rank.hangs) happened.hangs += hang.from < end ? 1 : 0;
    for (const auto& phase : rank.phases) happened.phases += phase.from < end ? 1 : 0;
  }
}

// Steps so long that nobody spoke for longer than a given deadline.
std::int64_t silences(const RandomStepJob& job, const std::vector<Instant>& step_ends) {
  if (!job.options.lease_deadline) return 0;
  const Duration longest = *job.options.lease_deadline + 4 * job.cluster.latency;
  std::int64_t count = 0;
  for (std::size_t i = 1; i < step_ends.size(); ++i) {
    count += step_ends[i] - step_ends[i - 1] > longest ? 1 : 0;
  }
  return count;
}

void count_disturbances(const RandomStepJob& job, const StepSimulationResult& result,
                        StepJobsHappened& happened) {
  const HeldUp& held_up = result.held_up;
  if (held_up.by_standstills > 0) {
    const Instant since = job.cluster.standstills.front().from;
    const bool all_stand_still = std::ranges::all_of(
        job.cluster.ranks,
        [&](const RankProfile& rank) { return first_outside(rank.hangs, since) != since; });
    ++(all_stand_still ? happened.suspensions : happened.standstills);
  }
  happened.cut_to_coordinator += held_up.to_coordinator > 0 ? 1 : 0;
  happened.cut_to_ranks += held_up.to_ranks > 0 ? 1 : 0;
  happened.lies += result.lies;
}

void count(const RandomStepJob& job, const StepRun& run, StepJobsHappened& happened) {
  const StepSimulationResult& result = run.result;
  ++happened.jobs;
  count_disturbances(job, result, happened);
  const bool is_cut_off = result.held_up.for_ever > 0;
  happened.deaths += result.complete || is_cut_off ? 0 : 1;
  happened.cut_off += !result.complete && is_cut_off ? 1 : 0;
  happened.done_untold += std::ssize(result.step_ends) - result.job.steps;
  if (!result.step_ends.empty()) count_profile(job, result.step_ends.back(), happened);
  happened.silences += silences(job, result.step_ends);
  happened.changes_of_speed += std::ssize(run.events);
  const PlanRecord* before = nullptr;
  for (const PlanRecord& plan : result.plans) {
    count_division(job, plan, before, happened);
    before = &plan;
  }
  if (job.cluster.stand_in > 0 && !job.options.step->by_cost) {
    std::int64_t steps = 0;
    for (const WorkerRecord& worker : result.workers) steps += worker.steps;
    happened.stand_ins += steps - std::ssize(run.parts);
  }
  for (const WorkerRecord& worker : result.workers) {
    happened.late_plans += worker.waited_for_coordinator > 2 * job.cluster.latency ? 1 : 0;
  }
  const BatchLine& line = job.options.step->line;
  const std::int64_t an_epoch = line.steps_an_epoch();
  const std::int64_t epochs = std::ssize(result.step_ends) / an_epoch;
  if (line.keeps_last && line.samples % line.global_batch != 0) happened.ragged_batches += epochs;
  happened.dropped_samples += result.steps.dropped_samples;
  happened.reading_ahead += job.read_ahead > 0 ? 1 : 0;
  happened.further_epochs += epochs > 1 ? epochs - 1 : 0;
  happened.ended_mid_epoch += line.steps % an_epoch != 0 ? 1 : 0;
  happened.fewer_micro_batches_than_workers += line.micro_batches() < job.options.workers ? 1 : 0;
}

}  // namespace

std::vector<std::string> check_step_job(const RandomStepJob& job, StepJobsHappened& happened) try {
  const StepRun run = run_of(job);
  count(job, run, happened);
  std::vector<std::string> faults = check_run(job, run);
  if (!faults.empty()) return faults;
  return run.result.complete ? check_replay(job, run) : check_loss(job, run);
} catch (const std::exception& error) {
  return {error.what()};
}

}  // namespace evenkeel

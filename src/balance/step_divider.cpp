#include "balance/step_divider.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "balance/batch_division.h"
#include "balance/policy_table.h"
#include "balance/prior_trust.h"
#include "core/check.h"

namespace evenkeel {
namespace {

// Whole numbers for division by cost: the sum of a batch's costs times the slowest pace stays below
// 2^62. A worker that is 16,384 times slower than the fastest is taken for that much slower.
constexpr double fastest_pace = 4096;
constexpr double slowest_pace = 1 << 26;
constexpr int sum_bits = 36;  // of the costs of a batch
constexpr int most_cost_bits = 20;
constexpr double longest_head_start = 0x1p61;

// How far plans that are replayed divide equally, from the first on.
std::int64_t equal_until(const std::vector<PlanRecord>& plans) {
  for (const PlanRecord& plan : plans) {
    const auto [fewest, most] = std::minmax_element(plan.counts.begin(), plan.counts.end());
    if (plan.counts.empty() || *most > *fewest + 1) return plan.first_step;
  }
  return plans.back().end_step;
}

StepPlannerOptions planner_options(const StepDividerOptions& options, double sample_cost) {
  const StepModeOptions& step = options.step;
  StepPlannerOptions result;
  result.rule = entry_of(options.policy.kind).step_rule;
  const WeightUse use = entry_of(options.policy.kind).weights;
  if (use == WeightUse::rule) result.weights = options.policy.weights;
  if (use == WeightUse::prior) result.weights = plausible_speeds(options.policy.weights);
  result.workers = options.workers;
  result.first_step = step.line.first_step;
  result.micro_batches = step.line.micro_batches();
  result.least = step.least;
  result.most = std::min(step.most, result.micro_batches);
  result.micro_batch_cost = sample_cost * static_cast<double>(step.line.micro_batch);
  result.predictor = options.predictor;
  result.warmup_steps = options.warmup_steps;
  if (step.baseline && result.weights.empty()) {  // weights count from the first step on
    result.baseline = Baseline(step.line.first_step + options.warmup_steps, step.line.steps);
    if (!step.replay.empty()) result.baseline.end_at(equal_until(step.replay));
  }
  return result;
}

double cost_scale_of(double highest, std::int64_t batch) {
  const auto batch_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(batch)));
  const int bits = std::min(most_cost_bits, sum_bits - batch_bits);
  return std::ldexp(1, std::max(1, bits)) / highest;
}

}  // namespace

StepDivider::StepDivider(const StepDividerOptions& options, BatchCosts costs)
    : options_(options), costs_(std::move(costs)), planner_(planner_options(options, costs_.mean)) {
  const StepModeOptions& step = options.step;
  if (step.by_cost) cost_scale_ = cost_scale_of(costs_.highest, step.line.global_batch);
}

StepDivision StepDivider::divide(std::int64_t first, std::int64_t end, double comm_s) {
  StepDivision division = division_of(decide(first, end, comm_s));
  if (!options_.step.replay.empty()) follow(division);
  division.is_new = !division.members.empty() || planner_.divided_so_since() == first;
  return division;
}

// So that what the planner expects is expected of the division that is replayed.
void StepDivider::follow(const StepDivision& division) {
  PerWorker<std::int64_t> counts(options_.workers);
  for (const WorkerIndex worker : counts.indices()) {
    counts[worker] =
        division.step_samples(options_.step.line, worker) / options_.step.line.micro_batch;
  }
  planner_.follow(division.record.first_step, std::move(counts));
}

bool StepDivider::balances() const {
  return options_.step.replay.empty() && follows_measured_speed(planner_.rule());
}

StepDivision StepDivider::divide_knowing(std::int64_t step, const PerWorker<StepSpeed>& speeds) {
  PlanRecord record{step, step + 1, {}, {}};
  if (options_.step.by_cost) {
    record.shares = shares_of(speeds);
  } else {
    record.counts = allocate_step(speeds, options_.step.line.micro_batches());
  }
  return division_of(std::move(record));
}

StepDivision StepDivider::divide_into(std::int64_t step, PerWorker<std::int64_t> counts) {
  return division_of({step, step + 1, std::move(counts), {}});
}

StepDivision StepDivider::division_of(PlanRecord of) {
  StepDivision division;
  division.record = std::move(of);
  const PlanRecord& record = division.record;
  if (record.shares.empty()) {
    division.before = PerWorker<std::int64_t>(record.counts.size());
    std::exclusive_scan(record.counts.begin(), record.counts.end(), division.before.begin(),
                        std::int64_t{0});
    return division;
  }
  for (std::int64_t step = record.first_step; step < record.end_step; ++step) {
    division.members.push_back(divide_by_cost(step, record.shares));
  }
  return division;
}

PlanRecord StepDivider::decide(std::int64_t first, std::int64_t end, double comm_s) {
  const std::vector<PlanRecord>& replay = options_.step.replay;
  if (!replay.empty()) {
    EVENKEEL_CHECK(replayed_ < replay.size() && replay[replayed_].first_step == first);
    return replay[replayed_++];
  }
  PlanRecord record;
  record.first_step = first;
  record.end_step = end;
  record.counts = planner_.divide(first, comm_s);
  if (first < planner_.trial_end()) record.end_step = std::min(end, planner_.trial_end());
  const bool is_equal = first < planner_.baseline().end() || planner_.rule() == StepRule::equal;
  if (options_.step.by_cost && !is_equal) {
    PerWorker<StepSpeed> speeds = planner_.speeds();
    if (const auto tried = planner_.tried(first)) try_cheapest_sample(*tried, first, speeds);
    record.shares = shares_of(speeds);
    record.counts = {};
  }
  return record;
}

// In a trial, the worker is taken for one that does the cheapest sample of the batch in most of the
// time that the others need: so it gets that one, or another that is about as cheap.
void StepDivider::try_cheapest_sample(WorkerIndex worker, std::int64_t step,
                                      PerWorker<StepSpeed>& speeds) const {
  constexpr double of_the_time = 0.75;
  constexpr double least_cost = 1e-3;  // of a mean sample
  const std::vector<double> costs = costs_.of_step(step);
  const double cheapest = std::max(*std::ranges::min_element(costs), least_cost * costs_.mean);
  double rate = 0;
  for (const WorkerIndex i : speeds.indices()) {
    if (i != worker) rate += costs_.mean / speeds[i].micro_batch_s;
  }
  const double others_s = std::reduce(costs.begin(), costs.end()) / rate;
  speeds[worker].fixed_s = 0;
  speeds[worker].micro_batch_s = of_the_time * others_s * costs_.mean / cheapest;
}

// Speeds in whole numbers, so that a division can be repeated exactly.
PerWorker<WorkerShare> StepDivider::shares_of(const PerWorker<StepSpeed>& speeds) const {
  const auto fastest = std::min_element(
      speeds.begin(), speeds.end(),
      [](const StepSpeed& a, const StepSpeed& b) { return a.micro_batch_s < b.micro_batch_s; });
  // The unit of time: the fastest worker takes `fastest_pace` of them for a scaled unit of cost.
  const double unit_s = fastest->micro_batch_s / (costs_.mean * cost_scale_ * fastest_pace);
  PerWorker<WorkerShare> shares;
  for (const StepSpeed& speed : speeds) {
    const double pace = fastest_pace * speed.micro_batch_s / fastest->micro_batch_s;
    const double head_start = speed.fixed_s / unit_s;
    shares.push_back(
        {static_cast<std::uint32_t>(std::lround(std::min(pace, slowest_pace))),
         static_cast<std::uint64_t>(std::llround(std::min(head_start, longest_head_start)))});
  }
  return shares;
}

BatchMembers StepDivider::divide_by_cost(std::int64_t step,
                                         const PerWorker<WorkerShare>& shares) const {
  const std::vector<double> exact = costs_.of_step(step);
  std::vector<std::uint32_t> costs;
  costs.reserve(exact.size());
  for (const double cost : exact) {
    costs.push_back(static_cast<std::uint32_t>(std::llround(cost * cost_scale_)));
  }
  // A batch that is cut short may hold too little for everyone's least.
  const StepModeOptions& mode = options_.step;
  const std::int64_t samples = std::ssize(costs);
  const std::int64_t least = std::min(mode.least, samples / options_.workers);
  const std::int64_t most = std::min(mode.most, samples);
  PerWorker<DivisionWorker> workers;
  for (const WorkerShare& share : shares) {
    workers.push_back({share.pace, share.head_start, static_cast<std::int32_t>(least),
                       static_cast<std::int32_t>(most)});
  }
  return {divide_batch(costs, workers), options_.workers};
}

}  // namespace evenkeel

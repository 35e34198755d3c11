#include "simulation/step_plans_check.h"

#include <algorithm>
#include <cstddef>

namespace evenkeel {
namespace {

bool is_equal(const RandomStepJob& job, const StepSimulationResult& result,
              const PlanRecord& plan) {
  const PolicyKind policy = job.options.policy.kind;
  return plan.first_step < result.steps.equal_end || policy == PolicyKind::static_split ||
         policy == PolicyKind::observe;
}

void check_counts(const CoordinatorOptions& options, const PlanRecord& plan, bool is_equal,
                  Faults& faults) {
  const StepModeOptions& mode = *options.step;
  std::int64_t sum = 0;
  for (const std::int64_t count : plan.counts) {
    sum += count;
    if (count < mode.least || count > mode.most) {
      faults.add("step {}: {} micro-batches for a worker", plan.first_step, count);
    }
  }
  if (sum != mode.line.micro_batches() || std::ssize(plan.counts) != options.workers) {
    return faults.add("step {}: {} micro-batches divided", plan.first_step, sum);
  }
  const auto [fewest, most] = std::minmax_element(plan.counts.begin(), plan.counts.end());
  if (is_equal && *most > *fewest + 1) {
    faults.add("step {}: {} and {} micro-batches, but equal", plan.first_step, *fewest, *most);
  }
}

void check_plan(const RandomStepJob& job, const StepSimulationResult& result,
                const PlanRecord& plan, Faults& faults) {
  const CoordinatorOptions& options = job.options;
  const std::int64_t equal_end = result.steps.equal_end;
  if (result.complete && plan.first_step < equal_end && plan.end_step > equal_end) {
    faults.add("a plan of equal steps from {} to {}", plan.first_step, plan.end_step);
  }
  const bool must_be_equal = is_equal(job, result, plan);
  // Where a job breaks off, the baseline may have been planned beyond the last step done.
  const bool may_be_equal = must_be_equal || (!result.complete && plan.shares.empty());
  const bool is_by_cost = options.step->by_cost && !may_be_equal;
  const bool is_of_all = !is_by_cost || plan.shares.size() == options.workers;
  if (is_by_cost == plan.shares.empty() || is_by_cost != plan.counts.empty() || !is_of_all) {
    return faults.add("step {}: {} shares and {} counts", plan.first_step, plan.shares.size(),
                      plan.counts.size());
  }
  if (!is_by_cost) check_counts(options, plan, must_be_equal, faults);
}

void check_step_samples(const RandomStepJob& job, const StepSimulationResult& result,
                        Faults& faults) {
  if (result.plans.empty()) return;
  const PerWorker<std::int64_t>& counts = result.plans.back().counts;
  for (std::int32_t i = 0; i < counts.size(); ++i) {
    const std::int64_t samples = counts[WorkerIndex(i)] * job.options.step->line.micro_batch;
    const std::int64_t told = result.workers.at(static_cast<std::size_t>(i)).step_samples;
    if (told != samples) {
      faults.add("worker {}: {} samples per step, not {}", i, told, samples);
    }
  }
}

}  // namespace

void check_plans(const RandomStepJob& job, const StepSimulationResult& result, Faults& faults) {
  std::int64_t until = 0;
  for (const PlanRecord& plan : result.plans) {
    if (plan.first_step != until || plan.end_step <= plan.first_step) {
      faults.add("a plan of steps {} to {} follows on {}", plan.first_step, plan.end_step, until);
    }
    until = plan.end_step;
    check_plan(job, result, plan, faults);
  }
  const std::int64_t steps = job.options.step->line.steps;
  if (until > steps || (result.complete && until < steps)) {
    faults.add("the plans end at step {} of {}", until, steps);
  }
  if (result.steps.plans != std::ssize(result.plans)) {
    faults.add("{} plans counted of {}", result.steps.plans, result.plans.size());
  }
  check_step_samples(job, result, faults);
}

}  // namespace evenkeel

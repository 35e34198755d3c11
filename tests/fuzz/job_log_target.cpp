// Logs that are to be replayed, in a job that divides by count and in one that divides by cost.
#include "core/check.h"
#include "dataset/samples.h"
#include "evenkeel/error.h"
#include "fuzz/memory_file.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"
#include "report/job_log.h"

namespace evenkeel {
namespace {

// Three workers, 10 steps of 8 samples.
CoordinatorOptions job_of(bool by_cost) {
  CoordinatorOptions job;
  job.workers = 3;
  job.shard_samples = 10;
  StepModeOptions step;
  step.line = {80, 8, 1, true, 10};
  step.most = 8;
  step.by_cost = by_cost;
  job.step = step;
  return job;
}

// The plans follow each other without a gap, from the first step of the job to its last, and each
// is of all workers.
void check_plans(const std::vector<PlanRecord>& plans, const CoordinatorOptions& job) {
  std::int64_t planned_until = job.step->line.first_step;
  for (const PlanRecord& plan : plans) {
    EVENKEEL_CHECK(plan.first_step == planned_until && plan.end_step > plan.first_step);
    EVENKEEL_CHECK(plan.counts.size() + plan.shares.size() == job.workers);
    std::int64_t divided = 0;
    for (const std::int64_t count : plan.counts) divided += count;
    EVENKEEL_CHECK(plan.counts.empty() || divided == job.step->line.micro_batches());
    planned_until = plan.end_step;
  }
  EVENKEEL_CHECK(planned_until == job.step->line.steps);
}

}  // namespace

bool accepts(std::string_view bytes) {
  static const MemoryFile file;
  static const Dataset dataset = Dataset::cut(manifest_of({40, 40}), 10);
  file.hold(bytes);
  bool accepted = false;
  for (const bool by_cost : {false, true}) {
    const CoordinatorOptions job = job_of(by_cost);
    try {
      check_plans(read_plans(file.path(), job, dataset), job);
      accepted = true;
    } catch (const UserError& error) {
      check_refusal(error.what(), file.path() + ":");
    }
  }
  return accepted;
}

}  // namespace evenkeel

#include "coordinator/job_description.h"

#include "balance/policy_table.h"
#include "dataset/dataset.h"

namespace evenkeel {

JobDescription describe(const Dataset& dataset, const CoordinatorOptions& options) {
  JobDescription job;
  job.policy = name_of(options.policy.kind);
  job.dataset_name = dataset.name();
  job.files = dataset.files();
  job.shards = dataset.shards();
  job.samples = dataset.samples();
  job.cost = dataset.cost();
  job.cost_unit = dataset.cost_unit();
  job.epochs = options.epochs;
  job.seed = options.order.seed;
  job.first_worker = options.first_worker;
  job.step_samples = options.step_samples;
  if (!options.step) return job;
  const BatchLine& line = options.step->line;
  job.mode = "step";
  job.global_batch = line.global_batch;
  job.micro_batch = line.micro_batch;
  job.first_step = line.first_step;
  job.end_step = line.steps;
  return job;
}

}  // namespace evenkeel

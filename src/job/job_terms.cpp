#include "job/job_terms.h"

#include <utility>

namespace evenkeel {

JobTerms terms_of(const CoordinatorOptions& job, std::string resumed_tag) {
  JobTerms terms;
  terms.order = job.order;
  terms.worker = {job.step_samples, job.warmup_steps, job.report_interval};
  terms.epochs = job.epochs;
  terms.shard_samples = job.shard_samples;
  if (job.step) {
    terms.line = job.step->line;
    terms.min_batch = job.step->least * job.step->line.micro_batch;
  }
  terms.resumed_tag = std::move(resumed_tag);
  return terms;
}

}  // namespace evenkeel

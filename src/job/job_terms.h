// What the workers of a job need to know beside the dataset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/coordinator_options.h"
#include "core/batch_line.h"
#include "dataset/epoch_order.h"
#include "worker/lease_worker.h"

namespace evenkeel {

struct JobTerms {
  OrderOptions order;
  LeaseWorkerOptions worker;
  std::optional<BatchLine> line;  // step mode; none: lease mode
  std::int64_t min_batch = 0;     // step mode: samples that each worker takes of a whole batch
  std::int32_t epochs = 1;
  std::int64_t shard_samples = 0;  // as the dataset was cut
  std::string resumed_tag;         // of the checkpoint that the job goes back to; empty: none

  Mode mode() const { return line ? Mode::step : Mode::lease; }
};

// visit(field...): every field once, in the order in which rank 0 announces them.
template <typename Terms, typename Visit>
void visit_terms(Terms& terms, Visit&& visit) {
  visit(terms.order.shuffle, terms.order.seed, terms.order.shuffle_block, terms.worker.step_samples,
        terms.worker.warmup_steps, terms.worker.report_interval, terms.line, terms.min_batch,
        terms.epochs, terms.shard_samples, terms.resumed_tag);
}

template <typename Line, typename Visit>
void visit_batch_line(Line& line, Visit&& visit) {
  visit(line.samples, line.global_batch, line.micro_batch, line.keeps_last, line.steps,
        line.first_step);
}

JobTerms terms_of(const CoordinatorOptions& job, std::string resumed_tag);

}  // namespace evenkeel

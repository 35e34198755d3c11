// What the workers of a job need to know beside the dataset.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

JobTerms terms_of(const CoordinatorOptions& job, std::string resumed_tag);

// As whole numbers, which MPI carries between machines of any kind; and back. Never empty.
// Precondition: the numbers are of pack().
std::vector<std::int64_t> pack(const JobTerms& terms);
JobTerms unpack(std::span<const std::int64_t> numbers);

}  // namespace evenkeel

// What the workers of a job need to know besides the dataset.
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
  std::int64_t min_batch = 0;     // step mode: least samples per worker and whole batch
  std::int32_t epochs = 1;
  std::int32_t start_with = 0;     // workers that begin the job; 0: all, as they are
  std::int64_t shard_samples = 0;  // as the dataset was cut
  std::string resumed_tag;         // the checkpoint to resume from; empty: none
  bool idempotent = false;         // lease mode: a trainer may be in a step that others have done

  Mode mode() const { return line ? Mode::step : Mode::lease; }
};

JobTerms terms_of(const CoordinatorOptions& job, std::string resumed_tag);

// Packs into whole numbers, which MPI converts between machine types, and back. Never empty.
// Precondition: the numbers come from pack().
std::vector<std::int64_t> pack(const JobTerms& terms);
JobTerms unpack(std::span<const std::int64_t> numbers);

}  // namespace evenkeel

// What a job is, as its report and its ledger tell.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/coordinator_options.h"
#include "core/types.h"

namespace evenkeel {

class Dataset;

struct JobDescription {
  std::string mode = "lease";  // or "step"
  std::string policy;
  std::string dataset_name;
  std::int64_t files = 0;
  std::int64_t shards = 0;
  std::int64_t samples = 0;  // of one epoch
  double cost = 0;           // of one epoch
  std::string cost_unit;
  std::int64_t epochs = 0;
  std::uint64_t seed = 0;
  Rank first_worker{1};
  std::int64_t step_samples = 0;  // lease mode
  std::int64_t global_batch = 0;  // step mode, as are these
  std::int64_t micro_batch = 1;
  std::int64_t first_step = 0;
  std::int64_t end_step = 0;  // the steps of the job are those from the first to before this one
  std::string options;        // of a job on record: option_text()
};

JobDescription describe(const Dataset& dataset, const CoordinatorOptions& options);

}  // namespace evenkeel

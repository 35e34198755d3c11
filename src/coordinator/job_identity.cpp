#include "coordinator/job_identity.h"

#include <fmt/format.h>

#include "coordinator/coordinator_options.h"
#include "core/option_values.h"
#include "dataset/dataset.h"

namespace evenkeel {

JobIdentity job_identity(const Dataset& dataset, const CoordinatorOptions& job) {
  return job_identity(dataset, job.order, job.shard_samples, job.line(), job.step_samples);
}

JobIdentity job_identity(const Dataset& dataset, const OrderOptions& order,
                         std::int64_t shard_samples, const std::optional<BatchLine>& line,
                         std::int64_t step_samples) {
  JobIdentity identity{{"mode", std::string(name_of(line ? Mode::step : Mode::lease))},
                       {"files", std::to_string(dataset.files())},
                       {"samples", std::to_string(dataset.samples())},
                       {"cost", fmt::format("{}", dataset.cost())},
                       {"shard-samples", std::to_string(shard_samples)},
                       {"shuffle", std::string(name_of(order.shuffle))},
                       {"seed", std::to_string(order.seed)}};
  if (order.shuffle == Shuffle::block) {
    identity.push_back({"shuffle-block", std::to_string(order.shuffle_block)});
  }
  if (line) {
    identity.push_back({"global-batch", std::to_string(line->global_batch)});
    identity.push_back({"last", line->keeps_last ? "partial" : "drop"});
  } else {
    identity.push_back({"step-samples", std::to_string(step_samples)});
  }
  identity.push_back({"dataset fingerprint", fmt::format("{:016x}", dataset.fingerprint())});
  return identity;
}

}  // namespace evenkeel

// What makes two jobs one run: where it goes on, is replayed, or a trainer loads what it has saved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/batch_line.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

struct CoordinatorOptions;
class Dataset;

// In words: "seed" and "7". Named as the option is, where an option decides it.
struct IdentityTerm {
  std::string name;
  std::string value;
};

// What decides which samples a position means, and which steps there are. The fingerprint of the
// dataset comes last: it tells that something differs, and not what.
using JobIdentity = std::vector<IdentityTerm>;

// `line`: in step mode. `step_samples`: in lease mode.
JobIdentity job_identity(const Dataset& dataset, const CoordinatorOptions& job);
JobIdentity job_identity(const Dataset& dataset, const OrderOptions& order,
                         std::int64_t shard_samples, const std::optional<BatchLine>& line,
                         std::int64_t step_samples);

}  // namespace evenkeel

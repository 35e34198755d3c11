#include "report/prior_agreement.h"

#include "balance/policy_table.h"
#include "balance/prior_trust.h"
#include "core/check.h"
#include "core/types.h"

namespace evenkeel {

std::optional<PriorAgreement> prior_agreement(const PolicyOptions& policy,
                                              const std::vector<WorkerRecord>& workers) {
  const PerWorker<double>& speeds = policy.weights;
  if (speeds.empty() || entry_of(policy.kind).weights != WeightUse::prior) return std::nullopt;
  EVENKEEL_CHECK(speeds.size() == static_cast<std::int32_t>(workers.size()));
  PriorTrust trust;
  std::int32_t measured = 0;
  for (const WorkerIndex worker : speeds.indices()) {
    const double speed = workers[static_cast<std::size_t>(worker.value())].speed;
    if (speed <= 0) continue;
    trust.add(speeds[worker], speed);
    ++measured;
  }
  if (measured < 2) return std::nullopt;
  return PriorAgreement{measured, trust.exponent()};
}

}  // namespace evenkeel

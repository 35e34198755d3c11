// How far the speeds that were known before a job agree with those that it has measured.
#pragma once

#include <optional>
#include <vector>

#include "balance/policy_options.h"
#include "coordinator/records.h"
#include "report/balance_report.h"

namespace evenkeel {

// Nothing if the policy had no such speeds to learn from, or if fewer than two workers were
// measured. `workers` in order of rank.
std::optional<PriorAgreement> prior_agreement(const PolicyOptions& policy,
                                              const std::vector<WorkerRecord>& workers);

}  // namespace evenkeel

#include "balance/policy.h"

#include "balance/adaptive_policy.h"
#include "balance/pull_policies.h"
#include "balance/push_policies.h"
#include "core/check.h"

namespace evenkeel {

std::unique_ptr<Policy> make_policy(const PolicyOptions& options, const Cluster& cluster) {
  switch (options.kind) {
    case PolicyKind::adaptive:
      return std::make_unique<AdaptivePolicy>(cluster);
    case PolicyKind::static_split:
    case PolicyKind::observe:
      return std::make_unique<StaticPolicy>(cluster);
    case PolicyKind::self:
      return std::make_unique<SelfPolicy>(cluster);
    case PolicyKind::random:
      return std::make_unique<RandomPolicy>(options.seed);
    case PolicyKind::round_robin:
      return std::make_unique<RoundRobinPolicy>();
    case PolicyKind::weighted:
      return std::make_unique<LeastPolicy>(LeastPolicy::Figure::assigned_by_weight, cluster);
    case PolicyKind::performance:
      return std::make_unique<LeastPolicy>(LeastPolicy::Figure::assigned_by_speed, cluster);
    case PolicyKind::load:
      return std::make_unique<LeastPolicy>(LeastPolicy::Figure::outstanding_time, cluster);
  }
  EVENKEEL_CHECK(false);
  return nullptr;
}

}  // namespace evenkeel

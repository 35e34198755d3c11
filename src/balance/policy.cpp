#include "balance/policy.h"

#include "balance/adaptive_factoring.h"
#include "balance/adaptive_policy.h"
#include "balance/chunk_sequences.h"
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
    case PolicyKind::gss:
      return std::make_unique<GuidedPolicy>(cluster);
    case PolicyKind::tss:
      return std::make_unique<TrapezoidPolicy>(cluster);
    case PolicyKind::fac2:
      return std::make_unique<FactoringPolicy>(cluster);
    case PolicyKind::wf:
      return std::make_unique<WeightedFactoringPolicy>(cluster);
    case PolicyKind::awf_b:
      return std::make_unique<BatchAwfPolicy>(cluster);
    case PolicyKind::awf_c:
      return std::make_unique<ChunkAwfPolicy>(cluster);
    case PolicyKind::af:
      return std::make_unique<AdaptiveFactoringPolicy>(cluster);
  }
  EVENKEEL_CHECK(false);
  return nullptr;
}

}  // namespace evenkeel

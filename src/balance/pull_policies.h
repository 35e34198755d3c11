// The two simplest policies that answer requests.
#pragma once

#include <cstdint>

#include "balance/chunk_policy.h"
#include "balance/policy.h"
#include "balance/winner_tree.h"

namespace evenkeel {

// An equal split: every worker gets one share of each epoch, whatever its speed, as
// torch.utils.data.DistributedSampler does. What lost workers leave is split among the others.
class StaticPolicy final : public Policy {
 public:
  explicit StaticPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) override;

 private:
  std::int64_t share(const Cluster& cluster, WorkerIndex worker) const;

  PerWorker<std::int32_t> shares_had_;  // one an epoch
  WinnerTree askers_;                   // keyed by the shares they have had
};

// Self-scheduling: one step a request (Tang & Yew 1986).
class SelfPolicy final : public ChunkPolicy {
 public:
  using ChunkPolicy::ChunkPolicy;

 private:
  double chunk(const Cluster& /*cluster*/, WorkerIndex /*worker*/) override { return 1; }
};

}  // namespace evenkeel

// The two simplest policies that answer requests.
#pragma once

#include <cstdint>

#include "balance/chunk_policy.h"
#include "balance/policy.h"
#include "balance/winner_tree.h"

namespace evenkeel {

// An equal split: every worker gets one share of each epoch, whatever its speed, like
// torch.utils.data.DistributedSampler. The rest of lost workers' shares is split among the others.
class StaticPolicy final : public Policy {
 public:
  explicit StaticPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) override;

 private:
  std::int64_t share(const Cluster& cluster, WorkerIndex worker) const;

  PerWorker<std::int32_t> shares_had_;  // one per epoch
  WinnerTree askers_;                   // keyed by shares_had_
};

// Self-scheduling: one step per request (Tang & Yew 1986).
class SelfPolicy final : public ChunkPolicy {
 public:
  using ChunkPolicy::ChunkPolicy;

 private:
  double chunk(const Cluster& /*cluster*/, WorkerIndex /*worker*/) override { return 1; }
};

}  // namespace evenkeel

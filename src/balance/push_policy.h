// Pushes chunks to workers whether they ask or not; a selector chooses the worker.
#pragma once

#include <cstdint>
#include <memory>

#include "balance/policy.h"
#include "balance/selector.h"
#include "core/per_worker.h"

namespace evenkeel {

// A chunk is 1/64 of a worker's even share. On average at most two chunks per worker are
// outstanding. While a doubted worker does not ask, nothing is pushed: those that ask get it, the
// idlest first.
class PushPolicy final : public Policy {
 public:
  PushPolicy(std::unique_ptr<Selector> selector, const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) override;

 private:
  std::unique_ptr<Selector> selector_;
  PerWorker<bool> is_held_off_;  // doubted, and does not ask
  std::int32_t held_off_ = 0;    // how many are
};

}  // namespace evenkeel

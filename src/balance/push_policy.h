// Pushes chunks to workers whether they ask or not; a selector chooses the worker.
#pragma once

#include <memory>

#include "balance/policy.h"
#include "balance/selector.h"

namespace evenkeel {

// A chunk is 1/64 of a worker's even share. On average at most two chunks per worker are
// outstanding.
class PushPolicy final : public Policy {
 public:
  PushPolicy(std::unique_ptr<Selector> selector, const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) override;

 private:
  std::unique_ptr<Selector> selector_;
};

}  // namespace evenkeel

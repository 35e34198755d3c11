// Policies that hand chunks to workers whether they ask or not: a chunk is a 64th of a worker's
// even share, and at most two chunks a worker are outstanding on average.
#pragma once

#include <cstdint>

#include "balance/policy.h"
#include "balance/winner_tree.h"
#include "core/random.h"

namespace evenkeel {

class PushPolicy : public Policy {
 public:
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) final;

 protected:
  // Whose turn is it? Some worker is alive.
  virtual WorkerIndex choose(const Cluster& cluster) = 0;
};

// The next chunk to a random worker.
class RandomPolicy final : public PushPolicy {
 public:
  explicit RandomPolicy(std::uint64_t seed) : random_(seed) {}

 private:
  WorkerIndex choose(const Cluster& cluster) override;
  Random random_;
};

// The next chunk to the next worker, in a circle.
class RoundRobinPolicy final : public PushPolicy {
 private:
  WorkerIndex choose(const Cluster& cluster) override;
  WorkerIndex last_{-1};
};

// The next chunk to the worker with the least of some figure.
class LeastPolicy final : public PushPolicy {
 public:
  enum class Figure {
    assigned_by_weight,  // `weighted`: assigned cost / weight
    assigned_by_speed,   // `performance`: assigned cost / measured speed
    outstanding_time,    // `load`: outstanding cost / measured speed
  };

  LeastPolicy(Figure figure, const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;

 private:
  WorkerIndex choose(const Cluster& cluster) override;

  Figure figure_;
  WinnerTree measured_;    // by cost / speed, or weight
  WinnerTree unmeasured_;  // by cost: taken for as fast as the measured are on average
};

}  // namespace evenkeel

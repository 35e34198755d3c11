// The classic loop-scheduling policies whose chunks shrink by a fixed rule.
#pragma once

#include <cstdint>

#include "balance/chunk_policy.h"
#include "balance/mean_tree.h"

namespace evenkeel {

// Guided self-scheduling, `gss`: ⌈R/P⌉ (Polychronopoulos & Kuck 1987).
class GuidedPolicy final : public ChunkPolicy {
 public:
  using ChunkPolicy::ChunkPolicy;

 private:
  double chunk(const Cluster& cluster, WorkerIndex worker) override;
};

// Trapezoid self-scheduling, `tss` (Tzen & Ni 1993): chunks shrink linearly, from f = ⌈R/2P⌉ to l =
// 1 in n = ⌈2R/(f + l)⌉ chunks. The sequence restarts when R has grown.
class TrapezoidPolicy final : public ChunkPolicy {
 public:
  using ChunkPolicy::ChunkPolicy;

 private:
  double chunk(const Cluster& cluster, WorkerIndex worker) override;
  void begin(std::int64_t steps, std::int64_t first);

  double next_ = 0;
  double decrement_ = 0;
  std::int64_t free_steps_ = 0;  // at the last request
};

// Factoring, `fac2`: batches of P chunks of ⌈R/2P⌉, with R at the batch's start (Hummel, Schonberg
// & Flynn 1992).
class FactoringPolicy : public ChunkPolicy {
 public:
  using ChunkPolicy::ChunkPolicy;

 private:
  double chunk(const Cluster& cluster, WorkerIndex worker) final;
  virtual void begin_batch(const Cluster& /*cluster*/) {}
  virtual double weight(WorkerIndex /*worker*/) const { return 1; }

  std::int64_t chunk_ = 0;
  std::int64_t left_ = 0;  // steps of the batch
};

// Weighted factoring, `wf`: w_p times factoring's chunk, Σw = P, with the user's weights (Hummel,
// Schmidt, Uma & Wein 1996). A batch ends with its last step, whoever asks for it.
class WeightedFactoringPolicy final : public FactoringPolicy {
 public:
  explicit WeightedFactoringPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;

 private:
  double weight(WorkerIndex worker) const override { return weights_.relative(worker); }

  MeanTree weights_;  // of live workers
};

}  // namespace evenkeel

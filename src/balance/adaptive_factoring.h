// The classic loop-scheduling policies that measure: chunks depend on the times of steps.
#pragma once

#include <cstdint>

#include "balance/chunk_policy.h"
#include "balance/chunk_sequences.h"
#include "balance/mean_tree.h"

namespace evenkeel {

// A worker's reports, taken one by one. Its chunks are its leases.
class ReportedWork {
 public:
  struct News {
    std::int64_t steps;
    double busy_s;
    bool chunk_ended;
    bool is_anew;  // what it has done so far, these steps included, says nothing any more
  };

  News update(const WorkerLoad& load);

 private:
  std::int64_t steps_ = 0;
  double busy_s_ = 0;
  std::int32_t leases_ = 0;
  std::uint8_t times_forgotten_ = 0;
};

// The weights of adaptive weighted factoring (Cariño & Banicescu 2008): w_p = P·ρ_p/Σρ, ρ_p = mean
// π / π_p, π_p = Σ k·t_k / Σ k·n_k, where the worker's k-th chunk took t_k seconds for n_k steps.
// The current chunk counts as far as it is done; a worker that is not measured yet has weight 1.
class MeasuredWeights {
 public:
  explicit MeasuredWeights(std::int32_t workers);

  // A worker's weight is updated when it asks. Returns whether it is to be measured anew.
  bool changed(const Cluster& cluster, WorkerIndex worker);

  double weight(WorkerIndex worker) const { return speeds_.relative(worker); }

 private:
  struct History {
    ReportedWork work;
    double chunk = 1;           // k
    double weighted_s = 0;      // Σ k·t_k
    double weighted_steps = 0;  // Σ k·n_k

    void add(const ReportedWork::News& news);
  };

  PerWorker<History> histories_;
  MeanTree speeds_;  // 1/π of the live, measured workers
};

// `awf-b`: batches as in weighted factoring, with the weights at the batch's start.
class BatchAwfPolicy final : public FactoringPolicy {
 public:
  explicit BatchAwfPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;

 private:
  void begin_batch(const Cluster& cluster) override;
  double weight(WorkerIndex worker) const override { return weights_[worker]; }

  MeasuredWeights measured_;
  PerWorker<double> weights_;  // of this batch
};

// `awf-c`: w_p·⌈R/2P⌉, weights and R taken at each request.
class ChunkAwfPolicy final : public ChunkPolicy {
 public:
  explicit ChunkAwfPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;

 private:
  double chunk(const Cluster& cluster, WorkerIndex worker) override;

  MeasuredWeights measured_;
};

// Adaptive factoring, `af` (Banicescu & Liu 2000):
// (D + 2TR − √(D² + 4DTR)) / 2μ_p, D = Σ(σ²/μ), T = 1/Σ(1/μ), where μ and σ² are the mean and the
// variance of a step's time in a worker's last chunk, or the last few if that was a single report.
// A worker that is not measured yet gets ⌈R/2P⌉, and has the mean in the sums.
class AdaptiveFactoringPolicy final : public ChunkPolicy {
 public:
  explicit AdaptiveFactoringPolicy(const Cluster& cluster);
  void changed(const Cluster& cluster, WorkerIndex worker) override;

 private:
  // Reports give the total time of several steps: each is an observation of the mean, weighted by
  // its number of steps, and Σ n·(t/n − μ)² / (reports − 1) estimates σ².
  struct Sample {
    ReportedWork work;
    std::int32_t reports = 0;
    double steps = 0;
    double mean_s = 0;
    double squares = 0;

    void add(const ReportedWork::News& news);
    void clear() { *this = {work}; }
  };

  double chunk(const Cluster& cluster, WorkerIndex worker) override;

  PerWorker<Sample> samples_;
  MeanTree speeds_;       // 1/μ
  MeanTree dispersions_;  // σ²/μ of the same workers
};

}  // namespace evenkeel

// Chooses who gets the next piece of work, whether it asks or not.
#pragma once

#include <cstdint>

#include "balance/winner_tree.h"
#include "balance/worker_view.h"
#include "core/per_worker.h"
#include "core/random.h"

namespace evenkeel {

class Selector {
 public:
  virtual ~Selector() = default;

  // Call for every worker at the start, and whenever its numbers have changed.
  virtual void update(WorkerIndex worker, const WorkerView& view) = 0;

  // Precondition: a worker is alive. `mean_rate`: of the live, measured workers; above 0 if there
  // are any.
  virtual WorkerIndex select(double mean_rate) = 0;
};

class RandomSelector final : public Selector {
 public:
  RandomSelector(std::int32_t workers, std::uint64_t seed) : alive_(workers), random_(seed) {}
  void update(WorkerIndex worker, const WorkerView& view) override { alive_[worker] = view.alive; }
  WorkerIndex select(double mean_rate) override;

 private:
  PerWorker<bool> alive_;
  Random random_;
};

class RoundRobinSelector final : public Selector {
 public:
  explicit RoundRobinSelector(std::int32_t workers) : alive_(workers) {}
  void update(WorkerIndex worker, const WorkerView& view) override { alive_[worker] = view.alive; }
  WorkerIndex select(double mean_rate) override;

 private:
  PerWorker<bool> alive_;
  WorkerIndex last_{-1};
};

// The worker with the least value of some number.
class LeastSelector final : public Selector {
 public:
  enum class Figure : std::uint8_t {
    assigned_by_weight,  // `weighted`: assigned cost / weight
    assigned_by_rate,    // `performance`: assigned cost / measured rate
    outstanding_time,    // `load`: outstanding cost / measured rate
  };

  LeastSelector(std::int32_t workers, Figure figure)
      : figure_(figure), measured_(workers), unmeasured_(workers) {}
  void update(WorkerIndex worker, const WorkerView& view) override;
  WorkerIndex select(double mean_rate) override;

 private:
  Figure figure_;
  WinnerTree measured_;    // by cost / rate, or weight
  WinnerTree unmeasured_;  // by cost: assumed to have the mean speed of the measured ones
};

}  // namespace evenkeel

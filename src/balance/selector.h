// Who gets the next piece of work, of workers that take it whether they ask or not.
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

  // To be called for every worker at the beginning, and whenever its figures have changed.
  virtual void update(WorkerIndex worker, const WorkerView& view) = 0;

  // Precondition: some worker is alive. `mean_rate`: of the live workers that are measured; above 0
  // if there are any.
  virtual WorkerIndex select(double mean_rate) = 0;
};

// A random worker.
class RandomSelector final : public Selector {
 public:
  RandomSelector(std::int32_t workers, std::uint64_t seed) : alive_(workers), random_(seed) {}
  void update(WorkerIndex worker, const WorkerView& view) override { alive_[worker] = view.alive; }
  WorkerIndex select(double mean_rate) override;

 private:
  PerWorker<bool> alive_;
  Random random_;
};

// The next worker, in a circle.
class RoundRobinSelector final : public Selector {
 public:
  explicit RoundRobinSelector(std::int32_t workers) : alive_(workers) {}
  void update(WorkerIndex worker, const WorkerView& view) override { alive_[worker] = view.alive; }
  WorkerIndex select(double mean_rate) override;

 private:
  PerWorker<bool> alive_;
  WorkerIndex last_{-1};
};

// The worker with the least of some figure.
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
  WinnerTree unmeasured_;  // by cost: taken for as fast as the measured are on average
};

}  // namespace evenkeel

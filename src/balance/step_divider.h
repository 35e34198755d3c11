// Step mode: divides global batches over the workers: by numbers of samples, or by their costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "balance/step_division.h"
#include "balance/step_mode_options.h"
#include "balance/step_planner.h"

namespace evenkeel {

// What samples cost, in cost units.
struct BatchCosts {
  double mean = 1;
  // By cost only: the highest, and those of a step's global batch, one after the other.
  double highest = 1;
  std::function<std::vector<double>(std::int64_t step)> of_step{};
};

class StepDivider {
 public:
  StepDivider(const StepDividerOptions& options, BatchCosts costs);

  // Divides the steps from `first` on, up to `end` or less. `comm_s`: what the all-reduce adds to a
  // step. Divisions are asked for without a gap.
  StepDivision divide(std::int64_t first, std::int64_t end, double comm_s);

  // Divides one step for known speeds.
  StepDivision divide_knowing(std::int64_t step, const PerWorker<StepSpeed>& speeds);

  // Divides one step into these counts of micro-batches.
  StepDivision divide_into(std::int64_t step, PerWorker<std::int64_t> counts);

  // Whether divisions follow the measured speeds, once the equal ones are over.
  bool balances() const;

  StepPlanner& planner() { return planner_; }
  const StepPlanner& planner() const { return planner_; }

 private:
  PlanRecord decide(std::int64_t first, std::int64_t end, double comm_s);
  StepDivision division_of(PlanRecord record);
  void follow(const StepDivision& division);
  void try_cheapest_sample(WorkerIndex worker, std::int64_t step,
                           PerWorker<StepSpeed>& speeds) const;
  PerWorker<WorkerShare> shares_of(const PerWorker<StepSpeed>& speeds) const;
  BatchMembers divide_by_cost(std::int64_t step, const PerWorker<WorkerShare>& shares) const;

  StepDividerOptions options_;
  BatchCosts costs_;
  StepPlanner planner_;
  std::size_t replayed_ = 0;  // of options_.step.replay
  double cost_scale_ = 1;     // whole numbers per cost unit
};

}  // namespace evenkeel

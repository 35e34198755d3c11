// Step mode: divides global batches over the workers: by numbers of samples, or by their costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/step_planner.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/outputs.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

// Which places of one batch each worker takes.
class BatchMembers {
 public:
  // `workers_of`: the worker of each place.
  BatchMembers(std::span<const WorkerIndex> workers_of, std::int32_t workers);

  // In ascending order.
  std::span<const std::uint32_t> of(WorkerIndex worker) const;

 private:
  std::vector<std::uint32_t> places_;  // of worker after worker
  PerWorker<std::size_t> ends_;
};

// How the global batches of some steps are divided. By count, `members` is empty, and worker i
// takes record.counts[i] micro-batches after before[i] others; by cost it has one element a step.
struct StepDivision {
  PlanRecord record;
  PerWorker<std::int64_t> before;
  std::vector<BatchMembers> members;
  bool is_new = false;  // decided by the speeds as they are now known

  // The worker's part of a step in this division, in ascending order.
  std::vector<Interval> part(const BatchLine& line, WorkerIndex worker, std::int64_t step) const;

  // What the worker takes of a whole global batch; by cost, in the mean.
  std::int64_t step_samples(const BatchLine& line, WorkerIndex worker) const;
};

class StepDivider {
 public:
  // `options.step` is given. The dataset must outlive the divider.
  StepDivider(const Dataset& dataset, const CoordinatorOptions& options);

  // Divides the steps from `first` on, up to `end` or less. `comm_s`: what the all-reduce adds to a
  // step. Divisions are asked for without a gap.
  StepDivision divide(std::int64_t first, std::int64_t end, double comm_s);

  // Divides one step as somebody would who knew these speeds.
  StepDivision divide_knowing(std::int64_t step, const PerWorker<StepSpeed>& speeds);

  // Whether divisions follow the measured speeds, once the equal ones are over.
  bool balances() const;

  StepPlanner& planner() { return planner_; }
  const StepPlanner& planner() const { return planner_; }

 private:
  PlanRecord decide(std::int64_t first, std::int64_t end, double comm_s);
  StepDivision division_of(PlanRecord record);
  void follow(const StepDivision& division);
  PerWorker<WorkerShare> shares_of(const PerWorker<StepSpeed>& speeds) const;
  BatchMembers divide_by_cost(std::int64_t step, const PerWorker<WorkerShare>& shares);
  const EpochOrder& order(Epoch epoch);

  const Dataset* dataset_;
  CoordinatorOptions options_;
  BatchLine line_;
  StepPlanner planner_;
  std::size_t replayed_ = 0;  // of options_.step->replay
  double cost_scale_ = 1;     // whole numbers a cost unit
  std::optional<EpochOrder> order_;
  Epoch order_epoch_;
};

}  // namespace evenkeel

// Step mode: how global batches are divided over the workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/batch_line.h"
#include "core/interval.h"
#include "core/per_worker.h"

namespace evenkeel {

// What a division by cost is computed from: a step of the worker ends at head_start + (the costs of
// its samples) × pace. Whole numbers in units that all workers share.
struct WorkerShare {
  std::uint32_t pace = 1;
  std::uint64_t head_start = 0;

  friend bool operator==(const WorkerShare&, const WorkerShare&) = default;
};

// A plan for all workers, as it is logged, and replayed.
struct PlanRecord {
  std::int64_t first_step = 0;
  std::int64_t end_step = 0;
  PerWorker<std::int64_t> counts;  // micro-batches
  PerWorker<WorkerShare> shares;   // by cost: in place of the counts

  friend bool operator==(const PlanRecord&, const PlanRecord&) = default;
};

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
// takes record.counts[i] micro-batches after before[i] others; by cost it has one element per step.
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

}  // namespace evenkeel

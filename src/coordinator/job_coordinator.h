// What a host needs of a coordinator, whichever mode it coordinates.
#pragma once

#include <optional>
#include <vector>

#include "balance/file_costs.h"
#include "coordinator/coordinator_options.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"

namespace evenkeel {

// Pure: no clock, no I/O, no logger, no callback, no mutex. The host feeds messages and carries
// out the outbox in order: what is recorded there is on record before any later message leaves.
class JobCoordinator {
 public:
  JobCoordinator() = default;
  virtual ~JobCoordinator() = default;

  // When it wants to be woken, in any case.
  virtual std::optional<Instant> next_wake() const = 0;

  // A signal ends the job, and workers are saving: whoever leaves now may not have been able to.
  virtual void begin_stop() {}

  // Everything is done, and every worker knows or will know.
  virtual bool finished() const = 0;

  // finished(), and every worker that is not lost has closed: the host may leave.
  virtual bool released() const = 0;

  // It has said farewell, and may still call for checkpoints.
  virtual bool is_closing(Rank worker) const = 0;

  // Work is left, and nobody goes on with it: only lost workers that come back can.
  virtual bool deserted() const = 0;

  // Work is left that will never be done: workers that it needs have left, or only fail.
  virtual bool given_up() const = 0;
  virtual bool only_failures() const = 0;

  virtual const CoordinatorOptions& options() const = 0;
  virtual JobRecord job() const = 0;
  virtual WorkerRecord worker(Rank rank) const = 0;     // rank is a worker
  virtual std::optional<StepRecord> steps() const = 0;  // in step mode
  virtual Pass pass() const = 0;  // the earliest that is not done, or the last

  // Files that cost other than the manifest says, by file.
  virtual std::vector<LearnedCost> learned_costs() const { return {}; }

  // Which files were found to be near to which workers.
  virtual Homes learned_homes() const { return {}; }

  // What is done of leases that are not over: the spans that they would leave now.
  virtual std::vector<Span> open_spans() const = 0;

 protected:
  JobCoordinator(const JobCoordinator&) = default;
  JobCoordinator& operator=(const JobCoordinator&) = default;
};

}  // namespace evenkeel

// The worker's side of a job over MPI: the I/O round a worker machine, in either mode.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/interval.h"
#include "core/time.h"
#include "core/types.h"
#include "evenkeel/extent.h"

namespace evenkeel {

class WorkerLink;

struct HostedStep {
  std::int64_t number = -1;  // step mode
  LeaseId lease;             // lease mode
  Epoch epoch;
  Interval interval;         // that holds this worker's samples
  std::int64_t samples = 0;  // of this worker
  std::int64_t global_samples = 0;
  Instant taken_at;
  std::vector<Extent> extents;
  double cost = 0;
};

class WorkerHost {
 public:
  virtual ~WorkerHost() = default;

  // Waits only while there is nothing to do. None: there will be no further step.
  virtual std::optional<HostedStep> next() = 0;

  // Of the steps taken and not done, in order. Throws std::logic_error for any other step.
  virtual void loaded(const HostedStep& step) = 0;
  virtual void reached(const HostedStep& step) = 0;
  virtual void done(const HostedStep& step, std::optional<Duration> local_work) = 0;

  virtual void pause(Duration expected) = 0;
};

// In the mode of the job. The link must outlive the host.
std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link);

}  // namespace evenkeel

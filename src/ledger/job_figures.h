// A job's progress as a ledger records it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_coordinator.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"

namespace evenkeel {

struct JobFigures {
  JobRecord job;
  std::vector<WorkerRecord> workers;
  std::optional<StepRecord> steps;   // in step mode
  std::vector<Span> open;            // lease mode: done parts of unfinished leases
  std::int64_t steps_done = 0;       // step mode: the first step that is not done
  std::int64_t events_left_out = 0;  // besides those that are added here
  std::optional<std::vector<SetAsideSamples>> set_aside;  // all; none: as at the last commit
};

JobFigures figures_of(const JobCoordinator& coordinator, std::int64_t events_left_out);

}  // namespace evenkeel

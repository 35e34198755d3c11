// What a ledger tells of its run: the figures behind the balance report, of its newest job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_description.h"
#include "coordinator/kept_events.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"
#include "ledger/job_figures.h"

namespace evenkeel {

struct RecordedRun {
  std::int64_t incarnation = 0;
  std::string state;  // "running" (or dead without a last word), "complete", "ended"
  std::string written_at;
  std::string resumed_tag;
  JobDescription description;
  JobRecord job;
  std::optional<StepRecord> steps;  // in step mode
  std::vector<WorkerRecord> workers;
  std::vector<std::string> hosts;  // one a worker
  KeptEvents events;
  std::vector<SetAsideSamples> set_aside;
};

// Throws UserError if the file is no ledger, is damaged, or holds no run.
RecordedRun read_run(const std::string& path);

// How its workers came on, rank by rank in order of time. Throws UserError.
std::vector<WorkerProgress> read_progress(const std::string& path, const RecordedRun& run);

}  // namespace evenkeel

// A run as its ledger records it: the figures for the balance report of its newest job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_description.h"
#include "coordinator/kept_events.h"
#include "coordinator/known_speeds.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"
#include "ledger/job_figures.h"

namespace evenkeel {

struct RecordedRun {
  std::int64_t incarnation = 0;
  std::string state;  // "running" (or died suddenly), "complete", "ended"
  std::string written_at;
  std::string resumed_tag;
  JobDescription description;
  JobRecord job;
  std::optional<StepRecord> steps;  // in step mode
  std::vector<WorkerRecord> workers;
  std::vector<std::string> hosts;  // one per worker
  KeptEvents events;
  std::vector<SetAsideSamples> set_aside;
};

// Throws UserError if the file is not a ledger, is damaged, or holds no run.
RecordedRun read_run(const std::string& path);

// The speeds that the run's workers had in the newest job that measured any. Throws UserError.
std::vector<KnownSpeed> read_known_speeds(const std::string& path);

// The workers' progress, by rank and then time. Throws UserError.
std::vector<WorkerProgress> read_progress(const std::string& path, const RecordedRun& run);

}  // namespace evenkeel

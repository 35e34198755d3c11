// The log of a job, as JSON lines: what it is, every plan, and what happened. The plans of a log
// can be followed by another run.
#pragma once

#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "coordinator/job_observer.h"
#include "dataset/dataset.h"
#include "report/output_file.h"

namespace evenkeel {

class JobLog final : public JobObserver {
 public:
  // Opens the file before the job starts. Throws UserError if it cannot be written, as do the
  // others.
  JobLog(const std::string& path, const CoordinatorOptions& job, const Dataset& dataset);

  void on_plan(const PlanRecord& plan) override;
  void on_event(const Event& event) override;

  // Writes what is buffered; without it the last lines are lost.
  void close() override { file_.close(); }

 private:
  OutputFile file_;
  std::string cost_unit_;
};

// The plans of a log, for all steps of this job and no more. Throws UserError, which names the file
// and the line, if it is no log, is of a job that differs in what divisions depend on, gives a
// worker more or less than this job allows, or ends too early. Precondition: job.step.
std::vector<PlanRecord> read_plans(const std::string& path, const CoordinatorOptions& job,
                                   const Dataset& dataset);

}  // namespace evenkeel

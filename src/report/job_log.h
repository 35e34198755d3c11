// The log of a job as JSON lines: its terms, every plan, and every event. Another run can replay
// the plans of a log.
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
  // Opens the file before the job starts. All functions throw UserError if it cannot be written.
  JobLog(const std::string& path, const CoordinatorOptions& job, const Dataset& dataset);

  void on_plan(const PlanRecord& plan) override;
  void on_event(const Event& event) override;

  // Writes buffered lines; otherwise the last ones are lost.
  void close() override { file_.close(); }

 private:
  OutputFile file_;
  std::string cost_unit_;
};

// The plans of a log, for exactly the steps of this job. Throws UserError, which names the file and
// the line, if it is not a log, is of a job that differs in what divisions depend on, violates this
// job's limits for a worker, or ends too early. Precondition: job.step.
std::vector<PlanRecord> read_plans(const std::string& path, const CoordinatorOptions& job,
                                   const Dataset& dataset);

}  // namespace evenkeel

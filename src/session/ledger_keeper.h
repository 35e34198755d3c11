// Keeps the ledger of a job: resumes from it, writes to it regularly, and reports when it cannot be
// written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "coordinator/job_coordinator.h"
#include "coordinator/job_observer.h"
#include "coordinator/kept_events.h"
#include "coordinator/kept_set_aside.h"
#include "dataset/dataset.h"
#include "evenkeel/options.h"
#include "ledger/ledger.h"

namespace evenkeel {

class LedgerKeeper final : public JobObserver {
 public:
  // Opens options.ledger as the user asks. Throws UserError, before any work. The dataset must
  // outlive the keeper.
  LedgerKeeper(const JobOptions& options, const CoordinatorOptions& job, const Dataset& dataset);

  // Sets up the job to continue the run, with the speeds that it has measured on these hosts if
  // none are given. `hosts`: one per worker.
  void adapt(CoordinatorOptions& job, const std::vector<std::string>& hosts) const;

  // The job begins: recorded on the disk when this returns. All arguments but `hosts` must outlive
  // the keeper, which reads from them. Throws UserError.
  void begin(const JobCoordinator& coordinator, const Dataset& dataset, const KeptEvents& events,
             const KeptSetAside& set_aside, const std::vector<std::string>& hosts);

  // Events come from those that are kept.
  void on_span(const Span& span) override { ledger_.add(span); }
  void on_plan(const PlanRecord& plan) override { ledger_.add(plan); }

  // Writes if it is time. Reports the first failure in one line, and the recovery in another.
  void look(Instant now);

  // Writes now, and reports likewise.
  void save();

  // Whether the checkpoint is on the disk.
  bool record(const CheckpointRecord& checkpoint);

  // The job is over, with these figures. Throws UserError if that cannot be written.
  void end(const JobRecord& job, const std::vector<WorkerRecord>& workers);

  // Nothing can be recorded any more: the job has to end. end() tells why.
  bool is_lost() const { return ledger_.is_lost(); }

  const std::string& path() const { return ledger_.path(); }
  bool was_complete() const { return was_complete_; }  // the run, before this job
  const std::string& resumed_tag() const { return ledger_.start().tag; }

 private:
  void take_speeds(PolicyOptions& policy, const std::vector<std::string>& hosts) const;
  JobFigures figures() const;
  template <typename Write>
  void commit(Write write);
  template <typename Write>
  bool try_to(Write write);

  Ledger ledger_;
  bool was_complete_;
  std::string options_;
  std::vector<std::string> own_files_;  // of the job, relative to the dataset's directory
  const JobCoordinator* coordinator_ = nullptr;
  const Dataset* dataset_ = nullptr;
  const KeptEvents* events_ = nullptr;
  const KeptSetAside* set_aside_ = nullptr;
  std::size_t events_added_ = 0;
  std::int64_t set_aside_written_ = 0;  // samples
  Instant next_commit_{};
  bool fails_ = false;
};

}  // namespace evenkeel

// Keeps the ledger of a job: begins where it says, writes to it when it is time, and says so when
// that cannot be done.
#pragma once

#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "coordinator/job_coordinator.h"
#include "coordinator/kept_events.h"
#include "dataset/dataset.h"
#include "evenkeel/session.h"
#include "ledger/ledger.h"
#include "report/set_aside_report.h"

namespace evenkeel {

class LedgerKeeper {
 public:
  // Opens options.ledger for a job as the user asks for it. Throws UserError, before any work.
  LedgerKeeper(const SessionOptions& options, const CoordinatorOptions& job,
               const Dataset& dataset);

  // Makes it the job that goes on with the run.
  void adapt(CoordinatorOptions& job) const;

  // The job begins: on the disk when this returns. Throws UserError.
  void begin(const CoordinatorOptions& job, const Dataset& dataset,
             const std::vector<std::string>& hosts);

  template <typename Record>
  void add(const Record& record) {
    ledger_.add(record);
  }

  // Writes, if it is time again. If it fails, one line says so, and one when it works again.
  void look(Instant now, const JobCoordinator& coordinator, const KeptEvents& events);

  // Whether the checkpoint is on the disk.
  bool record(const CheckpointRecord& checkpoint, const JobCoordinator& coordinator,
              const KeptEvents& events);

  // The job is over. Throws UserError if that cannot be written.
  void end(const JobCoordinator& coordinator, const KeptEvents& events,
           const std::vector<SetAsideReport>& set_aside);

  const std::string& path() const { return ledger_.path(); }
  const std::string& resumed_tag() const { return ledger_.start().tag; }

 private:
  template <typename Write>
  bool try_to(Write write);

  Ledger ledger_;
  Instant next_commit_{};
  bool fails_ = false;
};

}  // namespace evenkeel

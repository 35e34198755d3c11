// Keeps the ledger of a job: begins where it says, writes to it when it is time, and says so when
// that cannot be done.
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
  // Opens options.ledger for a job as the user asks for it. Throws UserError, before any work.
  LedgerKeeper(const JobOptions& options, const CoordinatorOptions& job, const Dataset& dataset);

  // Makes it the job that goes on with the run.
  void adapt(CoordinatorOptions& job) const;

  // The job begins: on the disk when this returns. All of it but `hosts` outlives the keeper, which
  // reads from it what to write. Throws UserError.
  void begin(const JobCoordinator& coordinator, const Dataset& dataset, const KeptEvents& events,
             const KeptSetAside& set_aside, const std::vector<std::string>& hosts);

  // Events it takes from those that are kept.
  void on_span(const Span& span) override { ledger_.add(span); }
  void on_plan(const PlanRecord& plan) override { ledger_.add(plan); }

  // Writes, if it is time again. If it fails, one line says so, and one when it works again.
  void look(Instant now);

  // Whether the checkpoint is on the disk.
  bool record(const CheckpointRecord& checkpoint);

  // The job is over. Throws UserError if that cannot be written.
  void end();

  const std::string& path() const { return ledger_.path(); }
  const std::string& resumed_tag() const { return ledger_.start().tag; }

 private:
  JobFigures figures() const;
  template <typename Write>
  void commit(Write write);
  template <typename Write>
  bool try_to(Write write);

  Ledger ledger_;
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

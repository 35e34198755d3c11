// The coordinator's side of a job over MPI: the I/O round a coordinator machine, in either mode.
#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_coordinator.h"
#include "coordinator/kept_events.h"
#include "dataset/dataset.h"
#include "evenkeel/session.h"
#include "report/spans_writer.h"
#include "session/job_clock.h"
#include "session/job_log.h"
#include "session/progress_display.h"
#include "transport/idle_wait.h"
#include "transport/transport.h"

namespace evenkeel {

class CoordinatorHost {
 public:
  // Collective over `comm`, with WorkerHost's constructor on the other ranks. Throws UserError,
  // after all ranks know that the job is refused.
  CoordinatorHost(MPI_Comm comm, const SessionOptions& options);

  // If serve() has not returned, the workers are told that the job is over.
  ~CoordinatorHost();

  // Once. Throws UserError, WireError and ProtocolError.
  Outcome serve();

  const Transport& transport() const { return transport_; }
  const Dataset& dataset() const { return *dataset_; }
  const JobClock& clock() const { return *clock_; }

 private:
  void prepare();
  void run();
  bool receive_some();
  void carry_out();
  void on(const Send& send);
  void on(const Span& span);
  void on(const Event& event);
  void on(const PlanRecord& plan);
  std::vector<WorkerRecord> worker_records() const;
  void leave();
  void publish(const JobRecord& job, const std::vector<WorkerRecord>& workers);
  void end_stalled_job() const;

  SessionOptions options_;
  Transport transport_;
  std::vector<std::string> hosts_;  // one a worker
  std::optional<Dataset> dataset_;
  std::unique_ptr<JobCoordinator> coordinator_;
  std::optional<SpansWriter> spans_;
  std::optional<JobLog> log_;
  std::optional<ProgressDisplay> progress_;
  std::optional<JobClock> clock_;
  IdleWait idle_{IdleWait::prompt};  // stirred by what is sent: reports alone hurry nobody
  bool has_sent_ = false;            // since the last stir
  CoordinatorOutbox outbox_;
  KeptEvents events_;
  bool over_ = false;
};

}  // namespace evenkeel

// The worker's side of a job over MPI: the I/O round the Worker machine.
#pragma once

#include <mpi.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "dataset/epoch_order.h"
#include "evenkeel/extent.h"
#include "session/job_clock.h"
#include "session/job_start.h"
#include "transport/communicator.h"
#include "transport/transport.h"
#include "worker/worker.h"

namespace evenkeel {

class WorkerHost {
 public:
  // Collective over `comm`, with CoordinatorHost's constructor on rank 0. Throws SessionRefused.
  WorkerHost(MPI_Comm comm, const std::string& host);

  // If the job is not over, this worker just falls silent: nothing is waited for, and the
  // coordinator takes its work back after the deadline.
  ~WorkerHost();

  struct HostedStep {
    LeasedStep leased;
    std::vector<Extent> extents;
    double cost = 0;
  };

  // Waits only while nothing is held. None: the job is over, and the farewell has been sent.
  std::optional<HostedStep> next();

  void done(const LeasedStep& step, double cost, Duration local_work);

  const Transport& transport() const { return transport_; }
  const Communicator& workers() const { return workers_; }
  const Dataset& dataset() const { return job_.dataset; }
  const JobClock& clock() const { return clock_; }

 private:
  void receive_all();
  void send_outbox();
  const EpochOrder& order_of(Epoch epoch);

  Transport transport_;
  Communicator workers_;
  AnnouncedJob job_;
  JobClock clock_;
  Worker worker_;
  WorkerOutbox outbox_;
  bool over_ = false;

  struct LiveEpoch {
    Epoch epoch;
    EpochOrder order;
  };
  // At most two epochs are live, one after the other: each has the place of its parity.
  std::array<std::optional<LiveEpoch>, 2> orders_;
};

}  // namespace evenkeel

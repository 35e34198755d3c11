// Hands out intervals of the epoch line and knows who holds what.
//
// Pure: no clock, no I/O, no logger, no callback, no mutex. The host feeds messages and carries
// out the outbox in order: what is recorded there is on record before any later message leaves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "balance/capacity_timeline.h"
#include "balance/policy.h"
#include "coordinator/deadlines.h"
#include "coordinator/free_pool.h"
#include "coordinator/lease_table.h"
#include "coordinator/records.h"
#include "core/protocol.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

struct CoordinatorOptions {
  Rank first_worker{1};  // workers are ranks first_worker … first_worker + workers − 1
  std::int32_t workers = 1;
  std::int32_t epochs = 1;
  EpochOverlap overlap = EpochOverlap::allowed;
  std::int64_t step_samples = 32;
  OrderOptions order;
  PolicyOptions policy;
  std::int32_t warmup_steps = 1;
  Duration report_interval = std::chrono::milliseconds(100);
  std::optional<Duration> lease_deadline;  // overrides the deadline learned from step times
};

// A worker said something that no correct worker says.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Coordinator {
 public:
  // The dataset must outlive the coordinator. Preconditions: workers ≥ 1, epochs ≥ 1,
  // step_samples ≥ 1, weights empty or one a worker.
  Coordinator(const Dataset& dataset, const CoordinatorOptions& options);

  // Applies one message. A stale lease id is counted, never an error; throws ProtocolError that
  // names the rank for what cannot be.
  void receive(Rank from, const WorkerMessage& message, Instant now, CoordinatorOutbox& out);

  // Lets time pass: silent holders lose their leases, waiting workers are served.
  void wake(Instant now, CoordinatorOutbox& out);
  std::optional<Instant> next_wake() const;

  // Every position of every epoch is done, and Finish has been sent.
  bool finished() const { return finished_; }

  // finished(), and every worker that is not lost has said farewell: the host may leave.
  bool released() const;

  // Work is left, and every worker is lost: only one that comes back can go on.
  bool deserted() const { return !finished_ && still_here_ == 0; }

  // Stops the program unless the done, held and free intervals tile the live epochs.
  void check_invariants() const;

  const CoordinatorOptions& options() const { return options_; }
  JobRecord job() const;
  WorkerRecord worker(Rank rank) const;  // rank is a worker
  Epoch epoch() const;                   // the earliest that is not finished, or the last

 private:
  void on(int worker, const Report& report, Instant now, CoordinatorOutbox& out);
  void on(int worker, const TrimAnswer& answer, Instant now, CoordinatorOutbox& out);
  void on(int worker, const Farewell& farewell, Instant now, CoordinatorOutbox& out);

  void take_progress(int worker, const Report& report, Instant now, CoordinatorOutbox& out);
  std::int64_t take_back(int worker, LeaseId lease, Position new_end, CoordinatorOutbox& out);
  void close_if_done(int worker, const Lease& lease, CoordinatorOutbox& out);
  void welcome_back(int worker, Instant now, CoordinatorOutbox& out);
  void lose(int worker, Instant now, CoordinatorOutbox& out);
  void lose_the_silent(Instant now, CoordinatorOutbox& out);

  void serve(Instant now, CoordinatorOutbox& out);
  void grant(const Assignment& assignment, Instant now, CoordinatorOutbox& out);
  void request_trim(const TrimRequest& request, CoordinatorOutbox& out);
  void finish_if_done(Instant now, CoordinatorOutbox& out);
  void send(int worker, const CoordinatorMessage& message, CoordinatorOutbox& out);

  bool owes_a_word(int worker) const;
  Duration patience(int worker) const;
  void expect_word(int worker, Instant now);
  void refresh(int worker);
  Rank rank_of(int worker) const { return Rank(options_.first_worker.value() + worker); }

  CoordinatorOptions options_;
  FreePool pool_;
  LeaseTable leases_;
  Cluster cluster_;
  std::unique_ptr<Policy> policy_;
  std::vector<WorkerAccount> accounts_;
  Deadlines deadlines_;
  JobRecord job_;
  CapacityTimeline capacity_;
  std::uint64_t last_lease_id_ = 0;
  std::uint32_t last_trim_serial_ = 0;
  bool finished_ = false;
  std::int32_t still_here_ = 0;  // workers that are neither lost nor have said farewell
};

}  // namespace evenkeel

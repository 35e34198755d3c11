// The coordinator's side of a job over MPI: the I/O around a coordinator machine, in either mode.
#pragma once

#include <mpi.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/job_coordinator.h"
#include "coordinator/job_observer.h"
#include "coordinator/kept_events.h"
#include "coordinator/kept_set_aside.h"
#include "coordinator/lease_coordinator.h"
#include "coordinator/stall_timer.h"
#include "coordinator/step_coordinator.h"
#include "dataset/dataset.h"
#include "evenkeel/session.h"
#include "report/balance_report.h"
#include "report/job_log.h"
#include "report/spans_writer.h"
#include "session/job_clock.h"
#include "session/job_start.h"
#include "session/ledger_keeper.h"
#include "session/progress_display.h"
#include "session/reception.h"
#include "transport/idle_wait.h"
#include "transport/shared_memory.h"
#include "transport/transport.h"

namespace evenkeel {

class CoordinatorHost {
 public:
  // Collective over `comm`, with WorkerLink's constructor on the other ranks; waits for nobody if
  // the options name a number of workers to start with. The workers are the ranks from
  // `first_worker` (0 or 1) on; `hosts`: of all ranks. `reached_remedy`: how programs in their
  // language say that local work ends. Throws UserError, after all ranks know that the job is
  // refused.
  CoordinatorHost(Communicator comm, std::vector<std::string> hosts, const JobOptions& options,
                  Rank first_worker, std::string_view reached_remedy);

  // If serve() has not returned, tells the workers that the job is over.
  ~CoordinatorHost();

  // Once: serves until the job is over, or SIGTERM or SIGINT arrives, then finishes it; calls
  // `in_turn` regularly. Throws UserError.
  Outcome serve(const std::function<void()>& in_turn);

  // The parts of serve(), for a rank that has other work too. turn() handles what has arrived; then
  // there is nothing to do for `nap()`, unless a message arrives.
  void turn();
  std::chrono::nanoseconds nap() const { return nap_; }
  bool over() const;
  Outcome finish();

  // Call regularly instead of over(), once a signal tells the job to end: whether it is time to
  // finish() it. The first call writes ledger and report, and trainers have the time of --grace.
  bool has_to_end(int signal);

  // After finish(), if deaths are survived and mpirun's status therefore says nothing: the outcome,
  // as the last line on standard error.
  void say_verdict() const;
  const std::string& verdict() const { return verdict_; }

  // Workers that will send nothing more.
  std::vector<Rank> silent_ranks() const { return ranks_in(WorkerState::lost); }

  // Workers that have not come, and were not waited for.
  std::vector<Rank> absent_ranks() const { return ranks_in(WorkerState::absent); }

  // Step mode: the job was given up because all workers were silent. In a training program they
  // wait in an all-reduce, where no message reaches them.
  bool stalled() const { return coordinator_->options().step && coordinator_->deserted(); }

  // Step mode: the job ends before its last step, also because a worker left or rank 0 was told to
  // end. Workers may wait in an all-reduce for others that know it already.
  bool left_in_steps() const { return coordinator_->options().step && !coordinator_->finished(); }

  const Transport& transport() const { return transport_; }
  const JobTerms& terms() const { return terms_; }
  const Dataset& dataset() const { return *dataset_; }
  std::shared_ptr<const Dataset> shared_dataset() const { return dataset_; }
  const JobClock& clock() const { return *clock_; }

 private:
  // The coordinator of one mode, and its outbox.
  template <typename CoordinatorOf>
  struct Machine {
    Machine(const Dataset& dataset, const CoordinatorOptions& job) : coordinator(dataset, job) {}

    CoordinatorOf coordinator;
    typename CoordinatorOf::Outbox outbox;
  };

  void prepare();
  void read_dataset();
  void refuse_job();
  template <typename CoordinatorOf>
  bool receive_guests(Machine<CoordinatorOf>& machine);
  template <typename CoordinatorOf>
  void emplace(const CoordinatorOptions& job);
  template <typename CoordinatorOf>
  bool receive_some(Machine<CoordinatorOf>& machine);
  template <typename CoordinatorOf>
  void take(Machine<CoordinatorOf>& machine, Rank from,
            const typename CoordinatorOf::JobMode::ToCoordinator& message);
  template <typename CoordinatorOf>
  void refuse(Machine<CoordinatorOf>& machine, Rank rank, std::string_view fault);
  template <typename CoordinatorOf>
  void part_with(Machine<CoordinatorOf>& machine, Rank rank);
  bool has_failed(Rank rank) const;
  template <typename CoordinatorOf>
  void carry_out(Machine<CoordinatorOf>& machine);
  template <typename Of>
  void on(const Send<Of>& send);
  void on(const Span& span) { tell(&JobObserver::on_span, span); }
  void on(const Event& event) { tell(&JobObserver::on_event, event); }
  void on(const PlanRecord& plan) { tell(&JobObserver::on_plan, plan); }
  void on(const SetAside& set_aside) { tell(&JobObserver::on_set_aside, set_aside); }
  template <typename What>
  void tell(void (JobObserver::*on_what)(const What&), const What& what) {
    for (JobObserver* const observer : observers_) (observer->*on_what)(what);
  }
  void on(const UntoldWork& untold);
  void on(const ImpossibleTime& time);
  std::vector<WorkerRecord> worker_records() const;
  void leave();
  std::exception_ptr end_ledger(const JobRecord& job, const std::vector<WorkerRecord>& workers);
  bool is_interrupted(Rank rank, WorkerState state) const;
  BalanceReport make_report(const JobRecord& job, const std::vector<WorkerRecord>& workers) const;
  void publish(const JobRecord& job, const std::vector<WorkerRecord>& workers);
  void begin_grace(int signal);
  Rank rank_of(std::size_t worker) const;
  std::vector<Rank> ranks_in(WorkerState state) const;

  JobOptions options_;
  Rank first_worker_;
  std::string reached_remedy_;
  Transport transport_;
  std::optional<Reception> reception_;  // of a job that does not wait for all its ranks
  std::vector<std::string> hosts_;      // one per worker
  std::optional<SharedMemory> memory_;  // of the dataset, as long as others may map it
  std::shared_ptr<const Dataset> dataset_;
  JobTerms terms_;
  std::variant<std::monostate, Machine<LeaseCoordinator>, Machine<StepCoordinator>> machine_;
  JobCoordinator* coordinator_ = nullptr;  // in the machine
  std::vector<JobObserver*> observers_;    // of the members that are there
  std::optional<SpansWriter> spans_;
  std::optional<JobLog> log_;
  std::optional<LedgerKeeper> ledger_;
  std::optional<ProgressDisplay> progress_;
  std::optional<JobClock> clock_;
  IdleWait idle_{IdleWait::prompt};  // stirred by sends: a report alone is not urgent
  bool has_sent_ = false;            // since the last stir
  std::chrono::nanoseconds nap_{};
  std::optional<Duration> asleep_;    // in serve()
  std::optional<Instant> grace_end_;  // a signal tells the job to end
  StallTimer stall_timer_;
  std::optional<Instant> interrupted_at_;
  Instant last_turn_{};
  KeptEvents events_;
  std::vector<Rank> failed_;  // dead, as MPI reports, or at fault
  bool has_doubted_ = false;  // a time that cannot be was named
  std::string verdict_;
  KeptSetAside set_aside_;
  bool over_ = false;
};

}  // namespace evenkeel

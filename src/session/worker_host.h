// The worker's side of a job over MPI: the I/O around a worker machine, in either mode.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/checkpoint_tag.h"
#include "core/interval.h"
#include "core/time.h"
#include "core/types.h"
#include "evenkeel/checkpoint.h"
#include "evenkeel/extent.h"
#include "protocol/messages.h"

namespace evenkeel {

class WorkerLink;

struct HostedStep {
  std::int64_t number = -1;  // step mode; lease mode: as its user counts
  LeaseId lease;             // lease mode
  bool is_retry = false;     // lease mode, as in LeasedStep
  Pass pass;
  Interval interval;         // contains this worker's samples
  std::int64_t samples = 0;  // of this worker
  std::int64_t global_samples = 0;
  Instant taken_at;  // when the trainer got it
  std::vector<Extent> extents;
  double cost = 0;
};

// What a trainer has measured of a step itself. The host takes what is missing, or longer than the
// step, from the times of the calls; lease mode uses only the local work.
struct MeasuredStep {
  std::optional<Duration> local;       // local work, own loading included
  std::optional<Duration> data;        // of that, loading
  std::optional<Duration> all_reduce;  // from being ready for the all-reduce to its end

  // Step mode: the samples of the stand-in that was computed with, as the part was empty; 0: none.
  std::int32_t stand_in = 0;
};

class WorkerHost {
 public:
  virtual ~WorkerHost() = default;

  // The next step; waits only while there is nothing to do. None: there are no further steps.
  std::optional<HostedStep> next();

  // The same without waiting. None: not yet, or over().
  virtual std::optional<HostedStep> take() = 0;

  // Receives messages; returns whether take() would give a step. Asking for a step that is not
  // there counts as waiting for it, so a trainer that has other steps in work looks here first.
  virtual bool has_step() = 0;

  // There are no further steps; then, how the job has ended for this worker. If it left early:
  // given up.
  virtual bool over() const = 0;
  virtual JobEnd end() const = 0;
  bool given_up() const { return over() && end() == JobEnd::given_up; }

  // For the steps taken and not done, in order. Throws std::logic_error for any other step.
  virtual void loaded(std::int64_t step) = 0;
  virtual void reached(std::int64_t step) = 0;
  virtual void stand_in(std::int64_t step, std::int32_t samples) = 0;
  virtual void done(const HostedStep& step, const MeasuredStep& measured) = 0;

  // Instead of done(): the trainer cannot do the step. In lease mode others try it, and this worker
  // continues; in step mode it leaves, and the job is given up.
  virtual void failed(const HostedStep& step) = 0;

  // A pause that cannot be is named, and cut to a year.
  //
  // Until resume() or done(), time is neither work nor waiting. next() resumes; take() does not.
  virtual void pause(Duration expected) = 0;
  virtual void resume() = 0;

  // In lease mode, reports what is done and waits to be reported together with more. For a host
  // that is called while its trainer works.
  virtual void report_what_waits() = 0;

  // A sign of life during a long step.
  virtual void show_life() = 0;

  // The trainer has saved its model with all steps done so far, also after the last. False: the job
  // has ended, and the checkpoint is not recorded. Otherwise the answer comes later, and the
  // trainer pauses until then.
  virtual bool call_checkpoint(const CheckpointTag& tag) = 0;

  // The answer to the last checkpoint, once, if it has arrived; the end of the job counts as one.
  virtual std::optional<CheckpointState> take_checkpoint_answer() = 0;

  // Calls for a checkpoint, and waits for the answer.
  CheckpointState checkpoint(const CheckpointTag& tag);

  // Once over(): the trainer calls for no more checkpoints; it may have failed in what it does
  // after its last step.
  virtual void close(bool has_failed = false) = 0;

  // The trainer has ended early: others have to do its work, or the job is given up. In lease mode
  // it may come back, unless the job is over() meanwhile: has_step() receives messages.
  virtual void leave(const Leave& leave) = 0;
  virtual void come_back() = 0;
};

// In the job's mode. The link must outlive the host.
std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link);

}  // namespace evenkeel

// The worker's side of a job over MPI: the I/O round a worker machine, in either mode.
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
  Pass pass;
  Interval interval;         // that holds this worker's samples
  std::int64_t samples = 0;  // of this worker
  std::int64_t global_samples = 0;
  Instant taken_at;
  std::vector<Extent> extents;
  double cost = 0;
};

// What a trainer has measured itself of a step. What is left out, the host takes from the times at
// which it was called; lease mode uses the local work alone.
struct MeasuredStep {
  std::optional<Duration> local;       // local work, own loading included
  std::optional<Duration> data;        // of that, loading
  std::optional<Duration> all_reduce;  // from being ready for the all-reduce to its end
};

class WorkerHost {
 public:
  virtual ~WorkerHost() = default;

  // The next step; waits only while there is nothing to do. None: there will be no further step.
  std::optional<HostedStep> next();

  // The same without waiting. None: not yet, or over().
  virtual std::optional<HostedStep> take() = 0;

  // Lets messages in. Whether take() would give a step: to ask for one that is not there counts as
  // waiting for it, so a trainer that has other steps in work looks here first.
  virtual bool has_step() = 0;

  // There will be no further step; then, how the job has ended for this worker: whoever leaves has
  // given it up.
  virtual bool over() const = 0;
  virtual JobEnd end() const = 0;
  bool given_up() const { return over() && end() == JobEnd::given_up; }

  // Of the steps taken and not done, in order. Throws std::logic_error for any other step.
  virtual void loaded(std::int64_t step) = 0;
  virtual void reached(std::int64_t step) = 0;
  virtual void done(const HostedStep& step, const MeasuredStep& measured) = 0;

  // Instead of done(): the trainer cannot do the step. In lease mode others try it, and this worker
  // goes on; in step mode it leaves, and the job is given up.
  virtual void failed(const HostedStep& step) = 0;

  // What follows, until resume() or done(), is neither work nor waiting. next() resumes; take()
  // does not.
  virtual void pause(Duration expected) = 0;
  virtual void resume() = 0;

  // The trainer lives, in a step that takes long.
  virtual void show_life() = 0;

  // The trainer has saved its model, with all steps done so far. False: the job is over, and it is
  // not recorded. Else the answer comes later, and until then the trainer pauses.
  virtual bool call_checkpoint(const CheckpointTag& tag) = 0;

  // The answer to the last call, once, if it has come; a job that is over answers by that.
  virtual std::optional<CheckpointState> take_checkpoint_answer() = 0;

  // The same at once: calls, and waits for the answer.
  CheckpointState checkpoint(const CheckpointTag& tag);

  // The trainer has ended before the job: others have to do its work, or the job is given up.
  virtual void leave() = 0;
};

// In the mode of the job. The link must outlive the host.
std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link);

}  // namespace evenkeel

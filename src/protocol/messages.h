// The messages between the coordinator and a worker.
//
// Fault model: messages are not lost, and messages from one rank to another arrive in the order
// in which they were sent. Ranks are slow, hang, wake up late, and die.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/checkpoint_tag.h"
#include "core/interval.h"
#include "core/time.h"
#include "core/types.h"
#include "evenkeel/checkpoint.h"
#include "evenkeel/options.h"
#include "protocol/step_messages.h"

namespace evenkeel {

// ---- worker to coordinator

// Progress on one lease since the last report, and whether the worker wants another lease.
struct Report {
  LeaseId lease;  // 0: no progress, only a request
  Interval done;  // the samples finished since the last report on this lease
  std::int32_t steps = 0;
  double cost = 0;      // true cost of `done`, in the dataset's cost units
  Duration busy{};      // local work in these steps; waiting excluded
  Duration paused{};    // since the last report
  Instant first_start;  // when the first of these steps began
  Instant last_end;     // when the last of them was done
  bool wants_lease = false;
  Duration lead{};  // with wants_lease: the round trip to allow for
};

// Answers one Trim. The worker keeps its leases in the order granted, up to and including `kept`,
// which now ends at `kept_end`; it gives back all later leases up to `last_seen`. If there is
// nothing left to take, `kept` is the lease last begun, or 0 if there is none.
struct TrimAnswer {
  std::uint32_t serial = 0;
  LeaseId kept;
  Position kept_end;
  LeaseId last_seen;
};

// Until the worker's next message, its time is neither work nor waiting: evaluation, saving.
struct Pause {
  Duration expected{};
};

// The worker does no further step. In lease mode it answers Finish and reports the total time that
// the worker waited for work; in step mode it follows the last step. Checkpoints may follow.
struct Farewell {
  Duration waited_for_grant{};  // waits that a grant ended
  Duration waited_for_end{};    // the wait that Finish ended
};

// The worker's last message, after its farewell: its trainer saves nothing more.
struct Close {
  bool has_failed = false;  // after its last step: it may have been about to save its model
};

// The worker's last message if its trainer ends early. What it holds goes to others; in step mode
// the job cannot go on.
struct Leave {
  std::int32_t suspects = 0;  // steps in work, of which one has ended the trainer
  bool comes_back = false;    // its trainer is started again: it will ask for work
  bool has_begun = true;      // a step, probably, which is neither done nor failed
};

// The trainer has saved its model, which includes everything that this worker has reported.
struct Checkpoint {
  CheckpointTag tag;
  std::int64_t step = -1;  // step mode: the first step that is not included
};

// Lease mode: this worker cannot do the step that follows what it has reported. It continues the
// lease after that step.
struct Failed {
  LeaseId lease;
  Interval interval;  // one step
  Instant ended_at;
  bool wants_lease = false;  // as in a Report; likewise:
  Duration lead{};
};

// ---- coordinator to worker

struct Grant {
  LeaseId lease;
  Pass pass;
  Interval interval;
  Duration kept_waiting{};  // how long the request waited because there was no work
  bool alone = false;       // one step, during which the trainer gets no other
};

// Asks for `samples` from the tail of everything held; the worker keeps what is taken.
struct Trim {
  std::uint32_t serial = 0;
  std::int64_t samples = 0;
};

// The worker was silent too long: its leases up to `last` are void. It drops them and asks again.
struct Fence {
  LeaseId last;
};

enum class JobEnd : std::uint8_t {
  complete,    // every position of every epoch is done
  incomplete,  // the positions that are not done have been set aside; there is nothing else to do
  given_up,    // ended early
};

struct Finish {
  JobEnd end = JobEnd::complete;
};

// After the worker's farewell: the coordinator waits no longer, and answers no more.
struct Closed {};

struct CheckpointAnswer {
  CheckpointTag tag;
  CheckpointState state = CheckpointState::unrecorded;
};

// ---- the messages of each side, by mode

struct LeaseMode {
  static constexpr Mode mode = Mode::lease;
  using ToCoordinator =
      std::variant<Report, TrimAnswer, Farewell, Pause, Leave, Checkpoint, Failed, Close>;
  using ToWorker = std::variant<Grant, Trim, Fence, Finish, CheckpointAnswer, Closed>;
};

struct StepMode {
  static constexpr Mode mode = Mode::step;
  using ToCoordinator = std::variant<StepReport, Farewell, Pause, Leave, Checkpoint, Close>;
  using ToWorker = std::variant<PlanMembers, Plan, Finish, CheckpointAnswer, Closed>;
};

template <typename Of>
using WorkerOutbox = std::vector<typename Of::ToCoordinator>;

}  // namespace evenkeel

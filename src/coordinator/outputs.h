// What a coordinator wants its host to do, to be carried out in order.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "balance/step_division.h"
#include "core/checkpoint_tag.h"
#include "core/done_work.h"
#include "core/interval.h"
#include "core/time.h"
#include "core/types.h"
#include "protocol/messages.h"

namespace evenkeel {

template <typename Of>
struct Send {
  Rank to;
  typename Of::ToWorker message;
};

// A completed piece of a lease: for the spans file and the ledger.
struct Span {
  Pass pass;
  Interval interval;
  Rank rank;
  LeaseId lease;
  Instant first_start;
  Instant last_end;
};

// A step that failed repeatedly is not tried again: its samples will not be done.
struct SetAside {
  Pass pass;
  Interval interval;
};

enum class EventKind : std::uint8_t {
  slower,
  faster,
  lost,
  fenced,
  checkpoint,  // complete
  voided,      // a checkpoint that was pending: see PendingCheckpoints
  copied,      // another worker's step, which is late
  tiles,       // step mode: its device was found to work in tiles
};

struct Event {
  static constexpr std::int64_t in_baseline = -1;

  Instant time;
  Rank rank;
  EventKind kind;
  double before = 0;  // slower, faster: cost units per second
  double after = 0;
  // lost: how many were taken back; fenced: its first word wasted; copied: of the step; tiles: of
  // one tile
  std::int64_t samples = 0;
  std::int64_t step = -1;  // step mode: where the speed changed, or tiles were found
  // Step mode: from there until the division answered it; 0: never; in_baseline: it was measured
  // before any balance.
  std::int64_t steps_to_plan = 0;
  double lost_s = 0;    // step mode: that this took all workers
  CheckpointTag tag{};  // checkpoint, voided
  Rank holder{-1};      // copied: whose step
};

constexpr Event checkpoint_event(EventKind kind, Instant time, Rank rank, const CheckpointTag& tag,
                                 std::int64_t step = -1) {
  Event event{time, rank, kind};
  event.tag = tag;
  event.step = step;
  return event;
}

// A checkpoint is complete. The host puts it on record, and then answers those who wait.
struct CheckpointRecord {
  CheckpointTag tag;
  Instant time;
  std::int64_t step = -1;       // step mode
  DoneWork done;                // lease mode: what is in the saved models
  std::optional<Rank> waiting;  // for the answer
};

// Step mode, once per job, after its first few steps: these workers have not once said where their
// local work ends, so that nobody can tell it from waiting for others.
struct UntoldWork {
  std::vector<Rank> ranks;
};

// Step mode: a worker reports a time that cannot be, and a shorter one counts.
struct ImpossibleTime {
  Rank rank;
  double reported_s = 0;
  double counted_s = 0;
};

// What the coordinator of a mode wants done.
template <typename Of>
struct CoordinatorOutputs;
template <>
struct CoordinatorOutputs<LeaseMode> {
  using Any = std::variant<Send<LeaseMode>, Span, Event, SetAside, CheckpointRecord>;
};
template <>
struct CoordinatorOutputs<StepMode> {
  using Any = std::variant<Send<StepMode>, Span, Event, PlanRecord, CheckpointRecord, UntoldWork,
                           ImpossibleTime>;
};

template <typename Of>
using CoordinatorOutput = typename CoordinatorOutputs<Of>::Any;
template <typename Of>
using CoordinatorOutbox = std::vector<CoordinatorOutput<Of>>;

}  // namespace evenkeel

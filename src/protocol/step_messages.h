// What the coordinator and a worker say to each other in step mode only: part of
// protocol/messages.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/time.h"

namespace evenkeel {

// ---- worker to coordinator

// Where one step's time went, in seconds.
struct StepTimes {
  float local_s = 0;   // local work, own loading included
  float reduce_s = 0;  // from being ready for the all-reduce to its end
  float cost = 0;      // true cost of the worker's part, in the dataset's cost units
  float ended_s = 0;   // how long before StepReport::last_end it was done
  float paused_s = 0;  // pauses of its own before it was ready for the all-reduce

  // Whether the trainer has said where its local work ends. If not, local_s lasts until the step
  // was done: nobody knows how much of that was waiting for others.
  bool local_told = true;
};

// Steps done since the last report, and whether the worker will soon be without a plan.
struct StepReport {
  static constexpr std::size_t most_steps = 16;
  static constexpr std::int32_t most_lead_steps = 1'000'000;

  std::int64_t first_step = 0;
  std::int32_t steps = 0;  // from first_step on; 0: only a request
  std::array<StepTimes, most_steps> times{};
  double cost = 0;                 // of all these steps, as a sum that is not rounded
  Duration data{};                 // loading, in all these steps
  Duration waited_for_plan{};      // since the last report
  Duration paused{};               // since the last report
  Instant last_end;                // when the last of these steps was done
  bool wants_plan = false;         // for the steps from `planned_until` on
  std::int64_t planned_until = 0;  // the plans that it knows end here
  std::int32_t lead_steps = 1;     // with wants_plan: how many it takes until the plan is there
};

// ---- coordinator to worker

// Which samples of each step of the next plan the worker takes, where the division is by cost: for
// one step after the other, how many there are, and then their places in the batch, ascending. It
// travels in chunks, before its plan.
struct PlanMembers {
  static constexpr std::size_t most_numbers = 64;

  std::uint32_t plan = 0;    // the number of the plan that these are of
  std::int32_t numbers = 0;  // in use
  std::array<std::uint32_t, most_numbers> list{};
};

// How the steps [first_step, end_step) are divided: of the micro-batches of a whole global batch
// this worker takes `count`, after those of lower ranks, which are `before`; or its members.
struct Plan {
  std::uint32_t number = 0;  // plans follow each other without a gap, from 1
  std::int64_t first_step = 0;
  std::int64_t end_step = 0;
  std::int64_t before = 0;
  std::int64_t count = 0;
  bool has_members = false;
};

}  // namespace evenkeel

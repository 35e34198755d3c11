// The messages that occur only in step mode; part of protocol/messages.h.
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
  float ended_s = 0;   // how long before StepReport::last_end the step ended
  float paused_s = 0;  // the worker's own pauses before it was ready for the all-reduce

  // Whether the trainer has said where its local work ends. If not, local_s lasts until the step
  // was done, and includes an unknown time of waiting for others.
  bool local_told = true;

  // The samples of the stand-in that the worker computed with, as its part was empty; 0: none.
  std::int32_t stand_in = 0;
};

// Steps done since the last report, and whether the worker will soon run out of plans.
struct StepReport {
  static constexpr std::size_t most_steps = 16;
  static constexpr std::int32_t most_lead_steps = 1'000'000;

  std::int64_t first_step = 0;
  std::int32_t steps = 0;  // from first_step on; 0: only a request
  std::array<StepTimes, most_steps> times{};
  double cost = 0;                 // of all these steps, not rounded
  Duration data{};                 // loading, in all these steps
  Duration waited_for_plan{};      // since the last report
  Duration paused{};               // since the last report
  Instant last_end;                // when the last of these steps was done
  bool wants_plan = false;         // for the steps from `planned_until` on
  std::int64_t planned_until = 0;  // the end of the plans that it has
  std::int32_t lead_steps = 1;     // with wants_plan: how many steps it does until the plan arrives
};

// ---- coordinator to worker

// Division by cost: the samples that the worker takes of each step of the next plan. For each step,
// their number, then their places in the batch, ascending. Sent in chunks, before the plan.
struct PlanMembers {
  static constexpr std::size_t most_numbers = 64;

  std::uint32_t plan = 0;    // the number of their plan
  std::int32_t numbers = 0;  // in use
  std::array<std::uint32_t, most_numbers> list{};
};

// How the steps [first_step, end_step) are divided. Of the micro-batches of a whole global batch,
// this worker takes `count` after `before`, those of lower ranks; or its members.
struct Plan {
  std::uint32_t number = 0;  // plans are numbered from 1 without a gap
  std::int64_t first_step = 0;
  std::int64_t end_step = 0;
  std::int64_t before = 0;
  std::int64_t count = 0;
  bool has_members = false;
};

}  // namespace evenkeel

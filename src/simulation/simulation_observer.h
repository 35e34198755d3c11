// Sees all that happens in a simulated job, and all that its coordinator records.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/lease_coordinator.h"
#include "coordinator/outputs.h"

namespace evenkeel {

class SimulationObserver {
 public:
  virtual ~SimulationObserver() = default;
  virtual void on_span(const Span& /*span*/) {}
  virtual void on_event(const Event& /*event*/) {}
  virtual void on_plan(const PlanRecord& /*plan*/) {}
  virtual void on_set_aside(const SetAside& /*set_aside*/) {}
  virtual void on_checkpoint(const CheckpointRecord& /*checkpoint*/) {}

  // Lease mode: a step as it ends, also one that fails, or is counted as wasted.
  virtual void on_step(Rank /*rank*/, Epoch /*epoch*/, Interval /*interval*/, Instant /*start*/,
                       Instant /*end*/, bool /*failed*/) {}

  // Lease mode: after all that the coordinator has handled.
  virtual void on_coordinator(const LeaseCoordinator& /*coordinator*/) {}

  // Lease mode: a worker's trainer is between two steps. The checkpoint that it calls for, if any;
  // it does not wait for the answer.
  virtual std::optional<CheckpointTag> checkpoint_of(Rank /*rank*/, Instant /*now*/) {
    return std::nullopt;
  }

  // Step mode: a part of a step, as it is done.
  virtual void on_part(Rank /*rank*/, std::int64_t /*step*/, Epoch /*epoch*/, Interval /*part*/) {}
};

}  // namespace evenkeel

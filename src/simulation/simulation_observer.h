// Observes everything that happens in a simulated job, and that its coordinator records.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/job_observer.h"
#include "coordinator/lease_coordinator.h"

namespace evenkeel {

class SimulationObserver : public JobObserver {
 public:
  // Lease mode: a step as it ends, also if it fails or counts as wasted.
  virtual void on_step(Rank /*rank*/, Pass /*pass*/, Interval /*interval*/, Instant /*start*/,
                       Instant /*end*/, bool /*failed*/) {}

  // Lease mode: after each event that the coordinator has handled.
  virtual void on_coordinator(const LeaseCoordinator& /*coordinator*/) {}

  // Lease mode: a worker's trainer is between two steps. Returns the checkpoint that it calls for,
  // if any; it does not wait for the answer.
  virtual std::optional<CheckpointTag> checkpoint_of(Rank /*rank*/, Instant /*now*/) {
    return std::nullopt;
  }

  // Step mode: a part of a step that is done.
  virtual void on_part(Rank /*rank*/, std::int64_t /*step*/, Pass /*pass*/, Interval /*part*/) {}
};

}  // namespace evenkeel

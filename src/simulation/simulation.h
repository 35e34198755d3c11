// Runs a lease-mode job in virtual time: the same coordinator and worker machines as under MPI,
// with simulated devices and a network of fixed latency.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/coordinator.h"
#include "coordinator/kept_events.h"
#include "coordinator/kept_set_aside.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// What happened in a simulated job, beyond the coordinator's own records.
struct SimulationResult {
  bool complete = false;  // every position of every epoch is done
  JobRecord job;
  std::vector<WorkerRecord> workers;  // the first is rank 1
  KeptEvents events;
  KeptSetAside set_aside;
  double makespan_s = 0;
  double bound_s = 0;         // T*, as job_bound_s has it
  double slowest_step_s = 0;  // the longest step actually done
  std::int64_t hangs = 0;     // faults that happened while the worker had work
  std::int64_t deaths = 0;
  std::int64_t failures = 0;    // of steps
  std::int64_t departures = 0;  // of workers that left early
};

// Receives every step as it ends (also those that fail or are counted as wasted), and all that the
// coordinator records.
class SimulationObserver {
 public:
  virtual ~SimulationObserver() = default;
  virtual void on_step(Rank /*rank*/, Epoch /*epoch*/, Interval /*interval*/, Instant /*start*/,
                       Instant /*end*/, bool /*failed*/) {}
  virtual void on_span(const Span& /*span*/) {}
  virtual void on_set_aside(const SetAside& /*set_aside*/) {}
  virtual void on_event(const Event& /*event*/) {}
  virtual void on_checkpoint(const CheckpointRecord& /*checkpoint*/) {}
  // A worker's trainer is between two steps: the checkpoint that it calls for, if any. It does not
  // wait for the answer.
  virtual std::optional<CheckpointTag> checkpoint_of(Rank /*rank*/, Instant /*now*/) {
    return std::nullopt;
  }
  // After every event that the coordinator has handled.
  virtual void on_coordinator(const Coordinator& /*coordinator*/) {}
};

// Replays exactly from the seed. `options.workers` must equal the number of ranks in the profile.
SimulationResult simulate(const Dataset& dataset, const ClusterProfile& cluster,
                          const CoordinatorOptions& options, std::uint64_t seed,
                          SimulationObserver* observer = nullptr);

// T*: the makespan that no schedule beats; infinite if all workers die before.
double job_bound_s(const Dataset& dataset, const ClusterProfile& cluster,
                   const CoordinatorOptions& options);

}  // namespace evenkeel

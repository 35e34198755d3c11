// Runs a step-mode job in virtual time: the same coordinator and worker machines as under MPI,
// with simulated devices, a network of fixed latency, and an all-reduce after every step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/kept_events.h"
#include "simulation/cluster_profile.h"
#include "simulation/held_up.h"
#include "simulation/simulation_observer.h"

namespace evenkeel {

struct StepSimulationResult {
  bool complete = false;  // every step is done
  JobRecord job;
  StepRecord steps;
  std::vector<WorkerRecord> workers;  // the first is rank 1
  KeptEvents events;
  std::vector<PlanRecord> plans;
  std::vector<Instant> step_ends;  // end of each step's all-reduce
  std::int64_t lies = 0;           // about the time of a step
  HeldUp held_up;
  std::optional<Instant> ended_at;  // by its host; none: it would wait for ever
};

// Deterministic for a seed. Preconditions: `options.step` is set, and `options.workers` is the
// number of ranks in the profile. Trainers take `read_ahead` steps before they have done the first.
StepSimulationResult simulate_steps(const Dataset& dataset, const ClusterProfile& cluster,
                                    const CoordinatorOptions& options, std::uint64_t seed,
                                    int read_ahead = 0, SimulationObserver* observer = nullptr);

}  // namespace evenkeel

// Runs a step-mode job in virtual time: the same coordinator and worker machines as under MPI,
// with simulated devices, a network of fixed latency, and an all-reduce after every step.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/kept_events.h"
#include "simulation/cluster_profile.h"
#include "simulation/simulation_observer.h"

namespace evenkeel {

struct StepSimulationResult {
  bool complete = false;  // every step is done
  JobRecord job;
  StepRecord steps;
  std::vector<WorkerRecord> workers;  // the first is rank 1
  KeptEvents events;
  std::vector<PlanRecord> plans;
  std::vector<Instant> step_ends;  // when the all-reduce of each step had ended
};

// Replays exactly from the seed. `options.step` is given, and `options.workers` is the number of
// ranks in the profile. Trainers take `read_ahead` steps before they have done the first.
StepSimulationResult simulate_steps(const Dataset& dataset, const ClusterProfile& cluster,
                                    const CoordinatorOptions& options, std::uint64_t seed,
                                    int read_ahead = 0, SimulationObserver* observer = nullptr);

// When each step would end if before every step somebody who knew all speeds of that moment, but
// not the noise, divided it anew: on the same draws as simulate_steps with that seed. Shorter
// than the job if a device dies.
std::vector<Instant> oracle_step_ends(const Dataset& dataset, const ClusterProfile& cluster,
                                      const CoordinatorOptions& options, std::uint64_t seed);

}  // namespace evenkeel

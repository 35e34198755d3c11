// Runs a lease-mode job in virtual time: the same coordinator and worker machines as under MPI,
// with simulated devices and a network of fixed latency.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/kept_events.h"
#include "coordinator/kept_set_aside.h"
#include "simulation/cluster_profile.h"
#include "simulation/held_up.h"
#include "simulation/simulation_observer.h"

namespace evenkeel {

// What happened in a simulated job, besides the coordinator's own records.
struct SimulationResult {
  bool complete = false;       // every position of every epoch is done
  bool only_failures = false;  // given up, as LeaseCoordinator::only_failures() has it
  JobRecord job;
  std::vector<WorkerRecord> workers;  // the first is rank 1
  KeptEvents events;
  KeptSetAside set_aside;
  std::vector<LearnedCost> learned;
  Homes learned_homes;
  double makespan_s = 0;
  double bound_s = 0;         // T*, see job_bound_s
  double slowest_step_s = 0;  // the longest step actually done
  std::int64_t hangs = 0;     // that happened while the worker had work
  std::int64_t deaths = 0;
  std::int64_t failures = 0;    // of steps
  std::int64_t departures = 0;  // of workers that left early
  std::int64_t restarts = 0;    // of trainers that died
  std::int64_t lies = 0;        // about the time of a step
  std::int64_t refusals = 0;    // of workers whose lies cannot be
  HeldUp held_up;
};

// Deterministic for a seed. `options.workers` must equal the number of ranks in the profile.
SimulationResult simulate(const Dataset& dataset, const ClusterProfile& cluster,
                          const CoordinatorOptions& options, std::uint64_t seed,
                          SimulationObserver* observer = nullptr);

// T*: the least makespan of any schedule; infinite if all workers die before.
double job_bound_s(const Dataset& dataset, const ClusterProfile& cluster,
                   const CoordinatorOptions& options);

}  // namespace evenkeel

// A simulated job of step mode, and what was seen of it from outside.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "simulation/step_simulation.h"

namespace evenkeel {

// One piece of a worker's part of a step, as its trainer did it.
struct StepPart {
  std::int64_t step;
  Interval interval;
  Rank rank;
  Pass pass;

  auto key() const { return std::tuple(step, interval.begin, interval.end, rank, pass); }
  friend bool operator==(const StepPart& a, const StepPart& b) { return a.key() == b.key(); }
  friend bool operator<(const StepPart& a, const StepPart& b) { return a.key() < b.key(); }
};

struct StepRun {
  StepSimulationResult result;
  std::vector<StepPart> parts;  // by step and position
  std::vector<Span> spans;      // by step and position
  std::vector<Event> events;    // all of them
};

// Simulates the job.
StepRun run_steps(const Dataset& dataset, const ClusterProfile& cluster,
                  const CoordinatorOptions& options, std::uint64_t seed, int read_ahead);

}  // namespace evenkeel

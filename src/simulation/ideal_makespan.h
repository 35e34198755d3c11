// T*, what simulated jobs are held against.
#pragma once

#include <span>

#include "simulation/cluster_profile.h"

namespace evenkeel {

// The makespan that no schedule of this much cost beats, noise apart. Infinite if the cluster never
// gets there. It is the later of two moments:
// - Σ over workers of the integral of its speed at steps of `step_cost` reaches `cost`;
// - for every k, the k workers who can have done most can have done the k most expensive steps.
//   `largest_steps`: what these cost together, for k = 1, 2, …
double ideal_makespan_s(const ClusterProfile& cluster, double cost, double step_cost,
                        std::span<const double> largest_steps = {});

}  // namespace evenkeel

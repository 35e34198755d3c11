// T*, the reference for simulated jobs.
#pragma once

#include <span>

#include "simulation/cluster_profile.h"

namespace evenkeel {

// The least makespan of any schedule for this much true cost, at the mean of the noise. Infinite if
// the cluster cannot do it. It is the later of two moments:
// - Σ over workers of the integral of its speed at steps of `step_cost` reaches `cost`;
// - for every k, the k workers with the most capacity can have done the k most expensive steps.
// `largest_steps`: their total cost, for k = 1, 2, …
double ideal_makespan_s(const ClusterProfile& cluster, double cost, double step_cost,
                        std::span<const double> largest_steps = {});

}  // namespace evenkeel

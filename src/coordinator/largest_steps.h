// The part of the bound T* that comes from indivisible work: whole steps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataset/dataset.h"

namespace evenkeel {

// Element k − 1: a lower bound on the cost of a job's k most expensive steps, for any order of its
// samples; k = 1, 2, … up to `most` or the number of steps. Exact for full steps if all samples
// cost the same. O(files), or O(samples) if each has its own cost.
std::vector<double> largest_steps(const Dataset& dataset, std::int64_t step_samples,
                                  std::int32_t epochs, std::int32_t most);

// The least time of any schedule of these steps, as k workers at most do k steps: the maximum of
// (cost of the k most expensive steps) / (sum of the k highest speeds) (Horvath, Lam and Sethi, A
// Level Algorithm for Preemptive Scheduling, 1977). 0 if no speed is above 0.
double time_of_largest_steps_s(std::span<const double> largest, std::vector<double> speeds);

}  // namespace evenkeel

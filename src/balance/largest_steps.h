// The part of the bound T* that is due to work that nobody can divide: it moves in whole steps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataset/dataset.h"

namespace evenkeel {

// Element k − 1: what the k most expensive steps of a job cost together, at least, whatever the
// order of its samples; k = 1, 2, … up to `most` or as many as there are. Exact for full steps if
// all samples cost the same. O(files), or O(samples) if each has its own cost.
std::vector<double> largest_steps(const Dataset& dataset, std::int64_t step_samples,
                                  std::int32_t epochs, std::int32_t most);

// The time that no schedule of these steps beats, as k steps are done by k workers at most: the
// highest of (what the k most expensive steps cost) / (the k highest speeds) (Horvath, Lam and
// Sethi, A Level Algorithm for Preemptive Scheduling, 1977). 0 if no speed is above 0.
double time_of_largest_steps_s(std::span<const double> largest, std::vector<double> speeds);

}  // namespace evenkeel

// The steps of an epoch that are so expensive that they should begin first.
#pragma once

#include <cstdint>
#include <vector>

#include "core/interval.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

struct DearStep {
  Interval interval;
  double cost = 0;
};

// Appends the steps of `part` that cost at least `least` > 0, in ascending order of positions.
// Steps end on the grid. O(cost of the part / `least`), each time the logarithm of its steps and
// the time that the order takes to tell a cost: nothing is looked at that is too cheap as a whole.
void add_dear_steps(const EpochOrder& order, Interval part, std::int64_t step_samples, double least,
                    std::vector<DearStep>& out);

// Keeps the `most` most expensive ones.
void keep_dearest(std::size_t most, std::vector<DearStep>& steps);

}  // namespace evenkeel

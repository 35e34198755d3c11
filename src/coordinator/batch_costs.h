// Step mode: the costs of a dataset's samples, as they are divided.
#pragma once

#include <functional>

#include "balance/step_divider.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

// The dataset must outlive what is returned.
BatchCosts batch_costs(const Dataset& dataset, const OrderOptions& order,
                       const StepModeOptions& step);

// The costs of a step's samples, one after the other, each as `cost` says. The dataset must outlive
// what is returned.
std::function<std::vector<double>(std::int64_t step)> costs_of_steps(
    const Dataset& dataset, const OrderOptions& order, const BatchLine& line,
    std::function<double(const EpochOrder&, Interval sample)> cost);

}  // namespace evenkeel

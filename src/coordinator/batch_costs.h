// Step mode: the costs of a dataset's samples, as they are divided.
#pragma once

#include "balance/step_divider.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

// The dataset must outlive what is returned.
BatchCosts batch_costs(const Dataset& dataset, const OrderOptions& order,
                       const StepModeOptions& step);

}  // namespace evenkeel

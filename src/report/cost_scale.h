// Costs in units that read well.
#pragma once

#include <string>

namespace evenkeel {

// Divide cost units by `divisor` to get this unit.
struct CostScale {
  double divisor = 1;
  std::string unit;
};

// Bytes become kB, MB, GB …; other units stay, cut to 12 columns.
CostScale cost_scale(const std::string& cost_unit, double largest);

// "12.3 GB", "6,134 seconds".
std::string cost_text(double cost, const std::string& cost_unit);

}  // namespace evenkeel

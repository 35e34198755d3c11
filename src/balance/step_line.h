// What steps take: an overhead each, and so much a cost unit.
#pragma once

namespace evenkeel {

struct StepLine {
  double overhead_s = 0;
  double pace = 0;  // seconds a cost unit

  double seconds(double steps, double cost) const { return steps * overhead_s + cost * pace; }
};

}  // namespace evenkeel

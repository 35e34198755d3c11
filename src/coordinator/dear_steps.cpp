#include "coordinator/dear_steps.h"

#include <algorithm>

namespace evenkeel {

void add_dear_steps(const EpochOrder& order, Interval part, std::int64_t step_samples, double least,
                    std::vector<DearStep>& out) {
  if (part.empty()) return;
  const double cost = order.cost(part);
  if (cost < least) return;
  const std::int64_t first = part.begin.value() / step_samples;
  const std::int64_t end = (part.end.value() + step_samples - 1) / step_samples;
  if (end - first == 1) {
    out.push_back({part, cost});
    return;
  }
  const Position middle((first + (end - first) / 2) * step_samples);
  add_dear_steps(order, {part.begin, middle}, step_samples, least, out);
  add_dear_steps(order, {middle, part.end}, step_samples, least, out);
}

void keep_dearest(std::size_t most, std::vector<DearStep>& steps) {
  if (steps.size() <= most) return;
  const auto end = steps.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::nth_element(steps, end, std::ranges::greater(), &DearStep::cost);
  steps.erase(end, steps.end());
  std::ranges::sort(steps, {}, [](const DearStep& step) { return step.interval.begin; });
}

}  // namespace evenkeel

#include "coordinator/largest_steps.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace evenkeel {

std::vector<double> largest_steps(const Dataset& dataset, std::int64_t step_samples,
                                  std::int32_t epochs, std::int32_t most) {
  const std::int64_t full = dataset.samples() / step_samples;
  const bool has_rest = dataset.samples() % step_samples > 0;
  // An epoch's last step may be smaller; if all full steps cost the same, it is left out.
  const bool all_equal = dataset.uniform_cost() && full > 0;
  const std::int64_t steps = all_equal || !has_rest ? full : full + 1;
  const double mean = all_equal ? dataset.cost() / static_cast<double>(dataset.samples()) *
                                      static_cast<double>(step_samples)
                                : dataset.cost() / static_cast<double>(steps);
  const std::int64_t count = steps < most ? std::min<std::int64_t>(most, steps * epochs) : most;

  // k steps that hold the k largest samples cost at least this, and at least the mean.
  const std::vector<double> samples = dataset.largest_sample_costs((count - 1) / epochs + 1);
  std::vector<double> sums;
  double of_samples = 0;
  for (std::int64_t k = 1; k <= count; ++k) {
    of_samples += samples[static_cast<std::size_t>((k - 1) / epochs)];
    sums.push_back(std::max(of_samples, static_cast<double>(k) * mean));
  }
  return sums;
}

double time_of_largest_steps_s(std::span<const double> largest, std::vector<double> speeds) {
  std::sort(speeds.begin(), speeds.end(), std::greater<>());
  double speed = 0;
  double time_s = 0;
  for (std::size_t k = 0; k < std::min(largest.size(), speeds.size()); ++k) {
    speed += speeds[k];
    if (speed > 0) time_s = std::max(time_s, largest[k] / speed);
  }
  return time_s;
}

}  // namespace evenkeel

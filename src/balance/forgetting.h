// What exponential forgetting keeps.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace evenkeel {

// An average over about the last `memory_steps` steps. Most reports are of a few steps, for which
// the exponential is known.
class Forgetting {
 public:
  explicit Forgetting(double memory_steps) noexcept : memory_steps_(memory_steps) {
    for (std::size_t steps = 0; steps < kept_.size(); ++steps) {
      kept_[steps] = std::exp(-static_cast<double>(steps) / memory_steps);
    }
  }

  // The weight of what was known, after this many steps more.
  double kept(double steps) const {
    if (!(steps >= 0 && steps < static_cast<double>(kept_.size()))) return exponential(steps);
    const auto whole = static_cast<std::size_t>(steps);
    return static_cast<double>(whole) == steps ? kept_[whole] : exponential(steps);
  }

 private:
  double exponential(double steps) const { return std::exp(-steps / memory_steps_); }

  double memory_steps_;
  std::array<double, 16> kept_{};
};

}  // namespace evenkeel

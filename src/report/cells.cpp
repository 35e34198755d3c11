#include "report/cells.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "core/number_format.h"

namespace evenkeel {

constexpr double least_noise = 0.0005;
constexpr double least_whole_noise = 0.01;

bool is_measured(double speed) { return speed > 0 && std::isfinite(speed); }

std::string speed_cell(double speed, const CostScale& scale) {
  return is_measured(speed) ? number_text(speed / scale.divisor) : "-";
}

std::string noisy_speed_cell(const RankReport& rank, const CostScale& scale) {
  if (!is_measured(rank.speed)) return "-";
  // After one measured step it is not known.
  if (!(rank.speed_noise >= least_noise)) return speed_cell(rank.speed, scale);
  const int decimals = rank.speed_noise < least_whole_noise ? 1 : 0;
  return fmt::format("{} ±{}", speed_cell(rank.speed, scale),
                     percent_text(rank.speed_noise, decimals));
}

std::string time_cell(double part_s, double makespan_s) {
  return makespan_s > 0 ? percent_text(part_s / makespan_s, 0) : "-";
}

std::string known_cell(bool is_known, std::string cell) { return is_known ? std::move(cell) : "-"; }

}  // namespace evenkeel

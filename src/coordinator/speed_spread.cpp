#include "coordinator/speed_spread.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace evenkeel {
namespace {

constexpr double least_change = 0.1;  // however steady the worker
constexpr double least_sigmas = 3;
// With few reports the threshold is higher: doubled at this many.
constexpr double few_reports = 4;
constexpr std::uint8_t memory_reports = 64;
constexpr float usual_reports = 4;                  // that the first deviation assumed is worth
constexpr double sigma_of_mean_deviation = 1.2533;  // √(π / 2)

}  // namespace

void SpeedSpread::add(double speed) {
  if (new_ == newest_.size()) learn_oldest();
  newest_[new_++] = static_cast<float>(std::log(speed));
}

void SpeedSpread::learn_oldest() {
  const float report = newest_.front();
  std::shift_left(newest_.begin(), newest_.end(), 1);
  --new_;
  if (level_reports_ == 0) {
    level_ = report;
    level_reports_ = 1;
    return;
  }
  if (deviation_reports_ < memory_reports) ++deviation_reports_;
  if (level_reports_ < memory_reports) ++level_reports_;
  const float away = report - level_;
  const auto known = static_cast<float>(deviation_reports_);
  deviation_ += (std::abs(away) - deviation_) / (usual_reports + known);
  level_ += away / static_cast<float>(level_reports_);
}

double SpeedSpread::sigma() const {
  return sigma_of_mean_deviation * static_cast<double>(deviation_);
}

std::optional<SpeedChange> SpeedSpread::outstanding(const SpeedChange& change) {
  const auto its_own = static_cast<std::size_t>(std::clamp(change.reports, 0, int{new_}));
  while (new_ > its_own) learn_oldest();
  const auto level = static_cast<double>(level_);
  const double ln_after = std::log(change.after);
  // The model may have believed others since, that did not stand out.
  double ln_before = std::log(change.before);
  const bool is_at_level = std::abs(ln_before - level) < least_change;
  if (level_reports_ > 0 && !is_at_level) ln_before = level;
  const double usual = least_sigmas * sigma() * (1 + few_reports / (deviation_reports_ + 1));
  if (std::abs(ln_after - ln_before) < std::max(usual, least_change)) return std::nullopt;
  level_ = static_cast<float>(ln_after);
  level_reports_ = static_cast<std::uint8_t>(std::max<std::size_t>(1, its_own));
  new_ = 0;
  return SpeedChange{is_at_level ? change.before : std::exp(ln_before), change.after,
                     change.reports};
}

}  // namespace evenkeel

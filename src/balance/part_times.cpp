#include "balance/part_times.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {
namespace {

constexpr double least_noise = 0.01;

// Of a single step.
constexpr double largest_evidence = 2;

// Less than one in a hundred, by chance, where others are not curved.
constexpr double convincing = 5;
constexpr double most_against = -6;
constexpr double most_for = 14;

// Unequal samples: the cost of a part does not tell how many micro-batches it has.
constexpr double whole = 1e-6;

}  // namespace

std::optional<SpeedChange> PartTimes::observe(double cost, double seconds) {
  new_evidence_ = 0;
  const double micro_batches = cost / unit_;
  const double rounded = std::round(micro_batches);
  const bool is_whole = rounded >= 1 && std::abs(micro_batches - rounded) <= whole * rounded;
  if (!line_.measured()) {
    line_.observe(1, cost, seconds);
    pace_.observe(1, cost, seconds);
    if (line_.measured() && is_whole) work_.visit(rounded, seconds, curve_);
    return std::nullopt;
  }
  if (is_whole) return observe_part(rounded, seconds);
  line_.observe(1, cost, seconds);
  const double work = curve_.work(micro_batches);
  auto change = pace_.observe(1, unit_ * work, seconds);
  if (change) {
    change->before *= micro_batches / work;
    change->after *= micro_batches / work;
  }
  return change;
}

std::optional<SpeedChange> PartTimes::observe_part(double micro_batches, double seconds) {
  const double sigma = std::max({least_noise, line_.noise(), pace_.noise()});
  work_.visit(micro_batches, seconds, curve_);
  const double work = work_.work();
  const auto loss = [&](double expected_s) {
    const double off = std::log(seconds / expected_s) / sigma;
    return std::min(off * off / 2, 2 * largest_evidence);
  };
  new_evidence_ =
      std::clamp(loss(this->seconds(micro_batches, false)) - loss(pace_.seconds(1, unit_ * work)),
                 -largest_evidence, largest_evidence);
  evidence_ = std::clamp(evidence_ + new_evidence_, most_against, most_for);
  line_.observe(1, unit_ * micro_batches, seconds);

  std::optional<SpeedChange> change;
  if (!work_.takes_for_work(seconds, sigma)) {
    change = pace_.observe(1, unit_ * work, seconds);
    if (!change) {
      work_.learn(seconds, sigma);
    } else {
      const auto judged = work_.judge_change(change->before / change->after, sigma);
      if (judged == PartWork::Change::of_size) change.reset();
      if (judged == PartWork::Change::doubtful) evidence_ = most_against;
    }
    // What was learned of the present size does not change what a step of it takes.
    pace_.rescale(work_.work() / work);
  }
  curve_.set(work_.parts(), work_.is_new());
  if (change) {
    change->before *= micro_batches / work_.work();
    change->after *= micro_batches / work_.work();
  }
  return change;
}

bool PartTimes::is_curved(bool others_are) const {
  return evidence_ > convincing || (others_are && evidence_ >= 0);
}

}  // namespace evenkeel
